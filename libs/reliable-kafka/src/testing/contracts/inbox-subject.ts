import type { Capacity, Claim, GuardKey, InboxStore, InboxTransaction, Verdict } from '../../contracts/index.js';
import type { ContractSubject } from './contract-case.js';

/** An inbox under examination, and its database as a handler sees it. */
export interface InboxSubject extends ContractSubject<InboxStore> {
  /** Writes a row as a handler does: in the transaction that it finds because `within` runs it. */
  write(id: string): Promise<void>;
  /** Of the ids that were written, those that are committed. */
  written(): Promise<readonly string[]>;
  /**
   * Called as `write` is: the COMMIT of this transaction is to fail. End the session of its connection from another one (`pg_terminate_backend`, `KILL`),
   * or leave a deferred constraint violated.
   */
  failCommit(): Promise<void> | void;
}

/** A transaction in a place of the store's capacity. */
export async function transact<T>(
  store: InboxStore,
  work: (transaction: InboxTransaction) => Promise<Verdict<T>>,
): Promise<T> {
  await placeOf(store.capacity);
  try {
    return await store.transaction(work);
  } finally {
    store.capacity.release();
  }
}

/** Claims one key and commits. */
export function take(store: InboxStore, key: GuardKey): Promise<Claim> {
  return transact(store, async (transaction) => ({
    commit: true,
    value: await transaction.claim(key, RETENTION),
  }));
}

/** What a claim is answered now; it is rolled back. */
export function ask(store: InboxStore, key: GuardKey): Promise<Claim> {
  return transact(store, async (transaction) => ({
    commit: false,
    value: await transaction.claim(key, RETENTION),
  }));
}

export async function statusesOf(store: InboxStore, keys: readonly GuardKey[]): Promise<string[]> {
  const statuses: string[] = [];
  for (const key of keys) statuses.push((await ask(store, key)).status);
  return statuses;
}

export const RETENTION = 60 * 60 * 1000;

function placeOf(capacity: Capacity): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (capacity.tryTake()) resolve();
      else capacity.whenFree(look);
    };
    look();
  });
}
