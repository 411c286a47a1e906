import type { InboxSubject, LeaseSubject } from '../../libs/reliable-kafka/src/testing/contracts/index.js';
import type { MemoryInboxStore, MemoryLeaseStore } from './memory-stores.js';

/** An inbox in memory, for its contract. */
export function inboxSubject(store: MemoryInboxStore): InboxSubject {
  return {
    store,
    write: (id) => store.write(id),
    written: async () => store.effects,
    failCommit: () => {
      const { committing } = store;
      store.committing = async () => {
        store.committing = committing;
        throw new Error('The connection was lost');
      };
    },
  };
}

/** Leases in memory, for their contract. */
export function leaseSubject(store: MemoryLeaseStore): LeaseSubject {
  return {
    store,
    pass: (ms) => {
      store.now += ms;
    },
  };
}
