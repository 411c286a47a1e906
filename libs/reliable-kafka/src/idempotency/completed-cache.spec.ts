import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryLeaseStore } from '../../../../test/support/memory-stores.js';
import type { GuardKey } from '../contracts/index.js';
import { CompletedCache } from './completed-cache.js';
import { FingerprintMismatchError } from './errors.js';

const RETENTION = 60_000;
const KEY: GuardKey = { scope: 'scope', key: 'key', fingerprint: Buffer.from('one') };

/** Counts what it is asked, and can be down. */
class Leases extends MemoryLeaseStore {
  asked = 0;
  isDown = false;

  override async recall(key: GuardKey) {
    this.answer();
    return super.recall(key);
  }

  override async remember(key: GuardKey, retention: number, reply: Buffer | undefined) {
    this.answer();
    return super.remember(key, retention, reply);
  }

  private answer(): void {
    this.asked++;
    if (this.isDown) throw new Error('no answer');
  }
}

describe('CompletedCache', () => {
  let store: Leases;
  let warnings: string[];
  let cache: CompletedCache;

  beforeEach(() => {
    jest.useFakeTimers();
    store = new Leases();
    warnings = [];
    const warn = (message: string) => void warnings.push(message);
    cache = new CompletedCache(store, RETENTION, { log: warn, warn, error: warn });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('knows nothing without a store', async () => {
    const none = new CompletedCache(undefined, RETENTION, console);
    await none.remember(KEY, undefined);
    expect(await none.recall(KEY)).toBeUndefined();
  });

  it('knows a remembered key for a duplicate, with its reply, within the retention', async () => {
    expect(await cache.recall(KEY)).toBeUndefined();
    await cache.remember(KEY, Buffer.from('reply'));
    expect(await cache.recall(KEY)).toEqual({ kind: 'duplicate', reply: Buffer.from('reply') });
    store.now += RETENTION;
    expect(await cache.recall(KEY)).toBeUndefined();
  });

  it('takes no claim for a completed key: the database decides', async () => {
    await store.claim(KEY, 'owner', RETENTION);
    expect(await cache.recall(KEY)).toBeUndefined();
  });

  it('refuses a used key that comes with another fingerprint', async () => {
    await cache.remember(KEY, undefined);
    await expect(cache.recall({ ...KEY, fingerprint: Buffer.from('two') })).rejects.toThrow(FingerprintMismatchError);
  });

  it('leaves the decision to the database while the store is down, says so once, and lets it rest between questions', async () => {
    store.isDown = true;
    for (let i = 0; i < 100; i++) {
      expect(await cache.recall(KEY)).toBeUndefined();
      await cache.remember(KEY, undefined);
    }
    expect(store.asked).toBe(1);
    jest.advanceTimersByTime(5_000);
    expect(await cache.recall(KEY)).toBeUndefined();
    expect(store.asked).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('no answer');
  });

  it('asks again as soon as the store answers, and tells of the next time that it does not', async () => {
    store.isDown = true;
    await cache.recall(KEY);
    store.isDown = false;
    jest.advanceTimersByTime(5_000);
    await cache.remember(KEY, undefined);
    expect(await cache.recall(KEY)).toEqual({ kind: 'duplicate' });
    store.isDown = true;
    await cache.recall(KEY);
    expect(warnings).toHaveLength(2);
  });
});
