/** One guard, and the same work by hand: the statements that any careful program would send, without Kafka, Nest or this library. */
export interface GuardCase {
  readonly name: string;
  readonly guard: 'uniqueKey' | 'uniqueKeyBatched' | 'uniqueKeyClaims' | 'versionGuard' | 'statusGuard' | 'setNx';
  readonly records: number;
  /** Records in flight: what a batch can be filled from, too. */
  readonly inFlight: number;
}

/** Connections of the pool; the guard leaves a fifth of them free, and so does the work by hand. */
export const POOL = 20;
export const PLACES = 16;
export const BATCH = 500;

export const cases: readonly GuardCase[] = [
  { name: 'uniqueKey, one INSERT of the handler', guard: 'uniqueKey', records: 20_000, inFlight: 256 },
  { name: 'the same, batched', guard: 'uniqueKeyBatched', records: 50_000, inFlight: 1_000 },
  { name: 'batched, a handler that writes nothing', guard: 'uniqueKeyClaims', records: 200_000, inFlight: 1_000 },
  { name: 'versionGuard', guard: 'versionGuard', records: 20_000, inFlight: 256 },
  { name: 'statusGuard with claim', guard: 'statusGuard', records: 20_000, inFlight: 256 },
  { name: 'setNx', guard: 'setNx', records: 50_000, inFlight: 256 },
];
