import type { EmitEvent, ParkingStore } from '../../contracts/index.js';
import type { Outages } from '../outages.js';
import type { Rounds } from './rounds.js';

/** What the partitions of one consumer park with. */
export interface Parking {
  readonly store: ParkingStore;
  readonly group: string;
  readonly rounds: Rounds;
  readonly outages: Outages;
  readonly emit: EmitEvent;
}
