import { describe, expect, it } from '@jest/globals';
import { BROKEN_INBOXES } from '../../../../../test/support/broken-inboxes.js';
import { BROKEN_LEASES } from '../../../../../test/support/broken-leases.js';
import { MemoryInboxStore, MemoryLeaseStore } from '../../../../../test/support/memory-stores.js';
import { inboxSubject, leaseSubject } from '../../../../../test/support/memory-subjects.js';
import { inboxStoreContract, leaseStoreContract } from './index.js';

describe('An inbox in memory', () => {
  it.each(inboxStoreContract(() => inboxSubject(new MemoryInboxStore())))('$name', ({ run }) => run());

  it('needs no second transaction at once', async () => {
    const alone = inboxStoreContract(() => inboxSubject(new MemoryInboxStore('alone', 1)));
    for (const { run } of alone) await run();
  });
});

describe('Leases in memory', () => {
  it.each(leaseStoreContract(() => leaseSubject(new MemoryLeaseStore())))('$name', ({ run }) => run());
});

describe('The contract of inboxes', () => {
  it.each(inboxStoreContract(() => inboxSubject(new MemoryInboxStore())))(
    'sees who breaks it: $name',
    async ({ name }) => {
      const broken = BROKEN_INBOXES[name]!;
      expect(broken).not.toHaveLength(0);
      for (const Broken of broken) {
        const { run } = inboxStoreContract(() => inboxSubject(new Broken())).find((one) => one.name === name)!;
        await expect(run()).rejects.toBeDefined();
      }
    },
  );
});

describe('The contract of leases', () => {
  it.each(leaseStoreContract(() => leaseSubject(new MemoryLeaseStore())))(
    'sees who breaks it: $name',
    async ({ name }) => {
      const broken = BROKEN_LEASES[name]!;
      expect(broken).not.toHaveLength(0);
      for (const Broken of broken) {
        const { run } = leaseStoreContract(() => leaseSubject(new Broken())).find((one) => one.name === name)!;
        await expect(run()).rejects.toBeDefined();
      }
    },
  );
});

describe('A case', () => {
  it('ends its subject, whether the promise was kept or not', async () => {
    let ended = 0;
    const make = (store: MemoryInboxStore) => () => ({ ...inboxSubject(store), end: () => void ended++ });
    const kept = inboxStoreContract(make(new MemoryInboxStore()))[0]!;
    await kept.run();
    const broken = inboxStoreContract(make(new BROKEN_INBOXES[kept.name]![0]!()))[0]!;
    await expect(broken.run()).rejects.toBeDefined();
    expect(ended).toBe(2);
  });
});
