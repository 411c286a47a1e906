import { describe, expect, it } from '@jest/globals';
import { callOf, settingWith } from '../../../../test/support/guarded-calls.js';
import { MemoryInboxStore, MemoryLeaseStore } from '../../../../test/support/memory-stores.js';
import { DEFAULT_RETENTION } from '../contracts/index.js';
import { uniqueKey } from './unique-key.js';

describe('uniqueKey', () => {
  it('runs its handler in its transaction, and remembers for fifteen days when nothing else is said', () => {
    expect(uniqueKey()).toMatchObject({
      name: 'uniqueKey',
      transactional: true,
      consumer: undefined,
      reply: undefined,
      retention: DEFAULT_RETENTION,
    });
    expect(DEFAULT_RETENTION).toBe(15 * 24 * 3600 * 1000);
  });

  it.each<[options: Parameters<typeof uniqueKey>[0]]>([
    [undefined],
    [{ key: 'order.id', fingerprint: ['amount', 'to.account'], retention: 1, consumer: 'billing', reply: 'replay' }],
    [{ key: () => 1, fingerprint: () => 1, batch: true, cache: true, store: 'main', reply: 'error' }],
    [{ batch: { size: 1 }, cache: 'redis' }],
    [{ batch: false, cache: false }],
  ])('takes %j', (options) => {
    expect(uniqueKey(options).problems()).toEqual([]);
  });

  it.each<[what: string, options: any]>([
    ["there is no option 'keys'", { keys: 'id' }],
    ['its key is 7', { key: 7 }],
    ["its key is ''", { key: '' }],
    ["its key is 'a..b'", { key: 'a..b' }],
    ["its consumer is ''", { consumer: '' }],
    ['its retention is 0', { retention: 0 }],
    ['its retention is NaN', { retention: Number.NaN }],
    ['its retention is Infinity', { retention: Number.POSITIVE_INFINITY }],
    ["its retention is '15d'", { retention: '15d' }],
    ['it has a fingerprint, but no key of its own', { fingerprint: ['amount'] }],
    ['its fingerprint is an object', { key: 'id', fingerprint: [] }],
    ['its fingerprint is an object', { key: 'id', fingerprint: ['a..b'] }],
    ['its reply is true', { reply: true }],
    ["its batch is 'yes'", { batch: 'yes' }],
    ['its batch.size is 0', { batch: { size: 0 } }],
    ['its batch.size is 1.5', { batch: { size: 1.5 } }],
    ["there is no option 'sizes' of batch", { batch: { sizes: 1 } }],
    ['its cache is 1', { cache: 1 }],
    ["its store is ''", { store: '' }],
  ])('refuses what makes no sense: %s', (what, options) => {
    expect(uniqueKey(options).problems()).toEqual([{ what, remedy: expect.any(String) }]);
  });

  it('tells everything that is wrong at once', () => {
    expect(uniqueKey({ key: '', retention: 0, keys: 1 } as object).problems()).toHaveLength(3);
  });

  it('needs a store that it can find', async () => {
    const store = new MemoryInboxStore('main');
    await expect(uniqueKey().open(settingWith())).rejects.toThrow(
      'Orders.handle @Idempotent(uniqueKey): there is no store for it. Add typeormIdempotency()',
    );
    await expect(uniqueKey({ store: 'other' }).open(settingWith(store))).rejects.toThrow("is named 'other'");
    await expect(uniqueKey({ cache: true }).open(settingWith(store))).rejects.toThrow('Add redisIdempotency()');
    await expect(uniqueKey({ cache: 'two' }).open(settingWith(store, new MemoryLeaseStore('one')))).rejects.toThrow(
      "is named 'two'",
    );
  });

  it('lets no more lanes at it than its store has transactions; a batch takes its place itself', async () => {
    const store = new MemoryInboxStore();
    expect((await uniqueKey().open(settingWith(store))).capacity).toBe(store.capacity);
    expect((await uniqueKey({ batch: true }).open(settingWith(store))).capacity).toBeUndefined();
  });

  it.each([false, true])('asks the cache first, and fills it (batch: %p)', async (batch) => {
    const [first, second, cache] = [new MemoryInboxStore(), new MemoryInboxStore(), new MemoryLeaseStore()];
    const reply = Buffer.from('reply');
    const handle = async () => ({ reply });
    const guard = uniqueKey({ key: 'id', cache: true, batch });
    const filling = await guard.open(settingWith(first, cache));
    expect(await filling.run(callOf({ id: 1 }, handle))).toEqual({ kind: 'handled' });
    const asking = await guard.open(settingWith(second, cache));
    expect(await asking.run(callOf({ id: 1 }, handle))).toEqual({ kind: 'duplicate', reply });
    expect(second.rows.size).toBe(0);
  });
});
