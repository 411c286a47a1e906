export { typeormParking } from './typeorm-parking.js';
export { TypeormParkingStore } from './typeorm-parking-store.js';
export type { TypeormParkingOptions } from './options.js';
export { dropParkingTables, parkingTableNames, parkingTables } from './tables.js';
