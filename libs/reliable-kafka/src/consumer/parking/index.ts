export { endOf, type Filing, type ParkedRun } from './filing.js';
export type { Parking } from './parking.js';
export { PartitionParking } from './partition-parking.js';
export { Rounds } from './rounds.js';
