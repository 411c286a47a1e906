import type { TypeormParkingOptions } from './options.js';
import { settled } from './options.js';
import { TypeormParkingStore } from './typeorm-parking-store.js';

/**
 * Where keys are parked: tables in the database of a TypeORM DataSource (PostgreSQL, MySQL, MariaDB, or SQLite with better-sqlite3), for `parking` in the
 * options of the module. It has a few connections of its own, so that handlers which hold all others keep nothing from being parked. All instances of
 * a group need the same one. Leave it in the options for as long as something is parked: without it nobody knows of it.
 */
export function typeormParking(options: TypeormParkingOptions = {}): TypeormParkingStore {
  return new TypeormParkingStore(settled(options));
}
