import type { ParkingStore } from '../../libs/reliable-kafka/src/contracts/index.js';
import { MemoryParkingStore } from './memory-parking.js';

type Method = Exclude<keyof ParkingStore, 'backend' | 'lookEvery' | 'whenChanged' | 'open' | 'close'>;

const METHODS: readonly Method[] = [
  'probe',
  'takeOver',
  'owns',
  'rewind',
  'park',
  'hold',
  'due',
  'take',
  'settle',
  'postpone',
  'sweep',
  'replay',
  'releaseKey',
  'list',
];

/** What happens around a call: it may wait, throw, or go on and lose the answer. */
export type Around = (method: Method, call: () => Promise<any>, given: readonly any[]) => Promise<any>;

/** A view of a store, as one process has it: calls of it pass `around`. */
export function parkingAround(store: MemoryParkingStore, around: Around): ParkingStore {
  const view = Object.create(store) as MemoryParkingStore;
  for (const method of METHODS) {
    const own = (store[method] as (...given: any[]) => Promise<any>).bind(store);
    Object.defineProperty(view, method, { value: (...given: any[]) => around(method, () => own(...given), given) });
  }
  return view;
}

/** A store that is down while the test says so. */
export class FailingParking {
  isDown = false;
  readonly store: ParkingStore;

  constructor(readonly memory = new MemoryParkingStore()) {
    this.store = parkingAround(memory, async (_, call) => {
      if (this.isDown) throw new Error('the store is down');
      return call();
    });
  }
}
