import type { ContractCase, MakeSubject } from './contract-case.js';
import { casesOf } from './contract-case.js';
import { BATCHES } from './inbox-batches.js';
import { CLAIMS } from './inbox-claims.js';
import type { InboxSubject } from './inbox-subject.js';
import { LEASES } from './lease-claims.js';
import type { LeaseSubject } from './lease-claims.js';
import { LAPSES } from './lease-lapses.js';
import { OWNERS } from './parking-owners.js';
import { REPLAYS } from './parking-replays.js';
import { ROUNDS } from './parking-rounds.js';
import type { ParkingSubject } from './parking-subject.js';

/**
 * What guards rely on in an `InboxStore`, case by case, for any test runner:
 *
 * ```ts
 * import { test } from 'node:test'; // or vitest; jest has it as a global
 * for (const { name, run } of inboxStoreContract(makeSubject)) test(name, run);
 * ```
 *
 * `make` is called for each case, and may give the same store each time. A store that keeps all of it can stand behind `uniqueKey()`, as far as
 * one process can tell: what a database forgets when its machine dies is not examined.
 */
export function inboxStoreContract(make: MakeSubject<InboxSubject>): ContractCase[] {
  return casesOf(make, { ...CLAIMS, ...BATCHES });
}

/**
 * What guards rely on in a `LeaseStore`, case by case, for any test runner:
 *
 * ```ts
 * import { test } from 'node:test'; // or vitest; jest has it as a global
 * for (const { name, run } of leaseStoreContract(makeSubject)) test(name, run);
 * ```
 *
 * `make` is called for each case, and may give the same store each time. Six cases let a second or two go by on the store's clock. A store that keeps
 * all of it can stand behind `setNx()`; whether its keys survive a fail-over is not examined.
 */
export function leaseStoreContract(make: MakeSubject<LeaseSubject>): ContractCase[] {
  return casesOf(make, { ...LEASES, ...LAPSES });
}

/**
 * What the consumer relies on in a `ParkingStore`, case by case, for any test runner, as `inboxStoreContract`. `make` is called for each case, and may
 * give the same store each time: every case has a group and a partition of its own. A store that keeps all of it never lets a key run out of order, as
 * far as one process can tell.
 */
export function parkingStoreContract(make: MakeSubject<ParkingSubject>): ContractCase[] {
  return casesOf(make, { ...OWNERS, ...ROUNDS, ...REPLAYS });
}

export type { ContractCase, ContractSubject, MakeSubject } from './contract-case.js';
export type { InboxSubject } from './inbox-subject.js';
export type { LeaseSubject } from './lease-claims.js';
export type { ParkingSubject } from './parking-subject.js';
