import { describe, expect, it } from '@jest/globals';
import { MemoryLeaseStore } from '../../../../test/support/memory-stores.js';
import type { GuardSetting, LeaseStore } from '../contracts/index.js';
import { DEFAULT_RETENTION } from '../contracts/index.js';
import { setNx } from './set-nx.js';

function settingWith(stores: readonly LeaseStore[]): GuardSetting {
  const store = (provides: string, name?: string) =>
    stores.find((one) => one.provides === provides && (name === undefined || one.name === name));
  return {
    label: 'Sms.dispatch',
    scopeOf: () => 'scope',
    store: store as GuardSetting['store'],
    resolve: () => undefined,
    emit: () => {},
    log: console,
  };
}

describe('setNx', () => {
  it('holds no transaction, and remembers for fifteen days when nothing else is said', () => {
    expect(setNx({ lease: 1_000 })).toMatchObject({
      name: 'setNx',
      transactional: false,
      retention: DEFAULT_RETENTION,
    });
    expect(setNx({ lease: 1_000 }).problems()).toEqual([]);
  });

  it.each<[what: string, options: any]>([
    ['its lease is undefined', {}],
    ['its lease is 0', { lease: 0 }],
    ['its lease is NaN', { lease: Number.NaN }],
    ['its lease is 30s', { lease: '30s' }],
    ['its lease is 86400001', { lease: 24 * 60 * 60 * 1000 + 1 }],
    ['its retention is 0', { lease: 1_000, retention: 0 }],
    ["there is no option 'lese'", { lease: 1_000, lese: 1 }],
    ['it has a fingerprint, but no key of its own', { lease: 1_000, fingerprint: ['amount'] }],
  ])('refuses what makes no sense: %s', (what, options) => {
    expect(setNx(options).problems()).toEqual([{ what, remedy: expect.any(String) }]);
  });

  it('needs a store of leases, the named one where it names one', async () => {
    await expect(setNx({ lease: 1 }).open(settingWith([]))).rejects.toThrow(/Sms\.dispatch.*redisIdempotency\(\)/s);
    const other = settingWith([new MemoryLeaseStore('other')]);
    await expect(setNx({ lease: 1, store: 'ours' }).open(other)).rejects.toThrow("named 'ours'");
    await expect(setNx({ lease: 1, store: 'other' }).open(other)).resolves.toBeDefined();
  });
});
