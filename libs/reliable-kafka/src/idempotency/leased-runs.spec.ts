import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Barrier } from '../../../../test/support/barrier.js';
import { MemoryLeaseStore } from '../../../../test/support/memory-stores.js';
import type {
  AttemptResult,
  Claim,
  ClaimTold,
  ConsumedRecord,
  Executed,
  GuardedCall,
  GuardKey,
} from '../contracts/index.js';
import { ClaimLostError, FingerprintMismatchError } from './errors.js';
import { LeasedRuns } from './leased-runs.js';

const LEASE = 3_000;
const RETENTION = 60_000;

/** Leases whose answers can be lost, before or after the transition was made. */
class Leases extends MemoryLeaseStore {
  readonly faults: Partial<Record<'claim' | 'complete' | 'release' | 'renew', 'before' | 'after'>> = {};
  readonly owners: string[] = [];

  override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    this.owners.push(owner);
    return this.faulty('claim', () => super.claim(key, owner, lease));
  }

  override async complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined) {
    return this.faulty('complete', () => super.complete(key, owner, retention, reply));
  }

  override async release(key: GuardKey, owner: string) {
    return this.faulty('release', () => super.release(key, owner));
  }

  override async renew(key: GuardKey, owner: string, lease: number) {
    return this.faulty('renew', () => super.renew(key, owner, lease));
  }

  private async faulty<T>(what: keyof Leases['faults'], make: () => Promise<T>): Promise<T> {
    const fault = this.faults[what];
    delete this.faults[what];
    const made = fault === 'before' ? undefined : await make();
    if (fault) throw new Error(`${what}: no answer`);
    return made as T;
  }
}

function recordOf(value: string): ConsumedRecord {
  const bytes = Buffer.from(value);
  return { topic: 't', partition: 0, offset: 1n, key: null, value: bytes, headers: undefined, timestamp: '1' };
}

describe('LeasedRuns', () => {
  let store: Leases;
  let record: ConsumedRecord;
  let warnings: string[];
  /** Each run of the handler, and what its claim told it. */
  let runs: ClaimTold[];
  let guard: LeasedRuns;

  beforeEach(() => {
    jest.useFakeTimers();
    store = new Leases();
    record = recordOf('value');
    warnings = [];
    runs = [];
    guard = guardOf({});
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  function guardOf(more: Partial<ConstructorParameters<typeof LeasedRuns>[0]>): LeasedRuns {
    const warn = (message: string) => void warnings.push(message);
    return new LeasedRuns({
      store,
      lease: LEASE,
      retention: RETENTION,
      read: (payload, _record, scope) => ({ scope, key: String(payload), fingerprint: undefined }),
      scopeOf: () => 'scope',
      fences: undefined,
      log: { log: warn, warn, error: warn },
      ...more,
    });
  }

  const KEY: GuardKey = { scope: 'scope', key: 'key', fingerprint: undefined };

  /** An attempt at the record, whose handler ends as it is told to. */
  function attemptAt(
    record: ConsumedRecord,
    handle: () => AttemptResult | Promise<AttemptResult>,
    reply?: Buffer,
  ): GuardedCall {
    return {
      attempt: {
        record,
        payload: 'key',
        attempt: 1,
        orderingKey: undefined,
        behind: () => [],
        signal: new AbortController().signal,
        isAborted: false,
      },
      execute: async (told): Promise<Executed> => {
        runs.push(told);
        return { result: await handle(), value: undefined, reply };
      },
    };
  }

  const handling = (reply?: Buffer) => attemptAt(record, () => ({ kind: 'handled' }), reply);
  const failing = (result: AttemptResult = { kind: 'failed', error: new Error('handler') }) =>
    attemptAt(record, () => result);
  const anotherOwner = () => guardOf({});

  it('runs the handler once per key, and gives a duplicate the reply of the first', async () => {
    expect(await guard.run(handling(Buffer.from('reply')))).toEqual({ kind: 'handled', reply: Buffer.from('reply') });
    const duplicate = attemptAt(recordOf('again'), () => ({ kind: 'handled' }));
    expect(await anotherOwner().run(duplicate)).toEqual({ kind: 'duplicate', reply: Buffer.from('reply') });
    expect(runs).toHaveLength(1);
  });

  it('runs it again after the retention', async () => {
    await guard.run(handling());
    store.now += RETENTION;
    expect(await anotherOwner().run(attemptAt(recordOf('again'), () => ({ kind: 'handled' })))).toEqual({
      kind: 'handled',
    });
  });

  it('lets a record wait while another owner has its key, and never takes a claim for an outcome', async () => {
    await store.claim(KEY, 'another', LEASE);
    const result = await guard.run(handling());
    expect(result).toMatchObject({ kind: 'waiting', reason: 'busy' });
    expect(runs).toEqual([]);
    store.now += LEASE;
    expect(await guard.run(handling())).toEqual({ kind: 'handled' });
  });

  it.each<AttemptResult>([
    { kind: 'failed', error: new Error('handler') },
    { kind: 'released', delay: 10 },
    { kind: 'rejected', reason: 'no such user' },
  ])('gives the claim up when the handler has not handled the record: $kind', async (result) => {
    expect(await guard.run(failing(result))).toBe(result);
    expect(store.leases.size).toBe(0);
  });

  it('refuses a used key that comes with another fingerprint', async () => {
    const guardOfFingerprint = (fingerprint: string) =>
      guardOf({ read: () => ({ ...KEY, fingerprint: Buffer.from(fingerprint) }) });
    await guardOfFingerprint('one').run(handling());
    await expect(guardOfFingerprint('two').run(handling())).rejects.toThrow(FingerprintMismatchError);
  });

  it('reads the key before the handler runs: what that does to its payload changes no key', async () => {
    const payload = { id: 'key' };
    const reading = guardOf({ read: ({ id }: any) => ({ ...KEY, key: id }) });
    const call = attemptAt(record, () => ((payload.id = 'changed'), { kind: 'handled' }));
    await reading.run({ ...call, attempt: { ...call.attempt, payload } });
    expect((await store.recall(KEY))?.status).toBe('done');
  });

  describe('when an answer of the store is lost', () => {
    it('runs nothing without the claim’s, whether that was made or not', async () => {
      for (const fault of ['before', 'after'] as const) {
        store.faults.claim = fault;
        await expect(guard.run(handling())).rejects.toThrow('claim: no answer');
      }
      expect(runs).toEqual([]);
    });

    it('asks for the same claim under the same owner, who need not wait for himself', async () => {
      store.faults.claim = 'after';
      await expect(guard.run(handling())).rejects.toThrow('claim: no answer');
      expect(await guard.run(handling())).toEqual({ kind: 'handled' });
      expect(new Set(store.owners).size).toBe(1);
    });

    it('is another owner after a claim that was answered: a late release of that one must not meet this one', async () => {
      await guard.run(failing());
      await guard.run(handling());
      expect(new Set(store.owners).size).toBe(2);
    });

    it.each(['before', 'after'] as const)(
      'has no outcome without the completion’s, and completes on the next attempt without a run (lost %s it was made)',
      async (fault) => {
        store.faults.complete = fault;
        await expect(guard.run(handling(Buffer.from('reply')))).rejects.toThrow('complete: no answer');
        expect(await guard.run(failing())).toEqual({ kind: 'handled', reply: Buffer.from('reply') });
        expect(runs).toHaveLength(1);
      },
    );

    it('runs again when the claim lapsed before it could be completed', async () => {
      store.faults.complete = 'before';
      await expect(guard.run(handling())).rejects.toThrow('complete: no answer');
      store.now += LEASE;
      expect(await guard.run(handling())).toEqual({ kind: 'handled' });
      expect(runs).toHaveLength(2);
    });

    it('leaves a claim whose release is lost to its lease, and says so', async () => {
      store.faults.release = 'before';
      expect(await guard.run(failing())).toMatchObject({ kind: 'failed' });
      expect(warnings).toEqual([expect.stringContaining('release: no answer')]);
    });
  });

  describe('when the lease is lost while the handler runs', () => {
    it('tells the handler, and has no outcome although it was handled', async () => {
      const claimed = new Barrier();
      const going = new Barrier();
      const running = guard.run(
        attemptAt(record, async () => {
          claimed.open();
          await going.passed;
          return { kind: 'handled' };
        }),
      );
      await claimed.passed;
      store.leases.clear();
      await jest.advanceTimersByTimeAsync(LEASE / 3);
      expect(runs[0]!.signal!.aborted).toBe(true);
      going.open();
      await expect(running).rejects.toThrow(ClaimLostError);
    });

    it('changes nothing of the next owner’s claim, be it handled late or failed late', async () => {
      for (const result of [{ kind: 'handled' }, { kind: 'failed', error: new Error('late') }] as const) {
        const late = guard.run(
          attemptAt(record, async () => {
            store.now += LEASE;
            await store.claim(KEY, 'next', LEASE);
            return result;
          }),
        );
        await late.catch((error: unknown) => expect(error).toBeInstanceOf(ClaimLostError));
        expect(store.find(KEY)).toMatchObject({ owner: 'next', done: undefined });
        store.leases.clear();
      }
    });
  });

  it('keeps the claim of a handler that takes longer than its lease', async () => {
    const going = new Barrier();
    const running = guard.run(attemptAt(record, async () => (await going.passed, { kind: 'handled' })));
    for (let i = 0; i < 10; i++) {
      await jest.advanceTimersByTimeAsync(LEASE / 2);
      store.now += LEASE / 2;
      expect(await anotherOwner().run(attemptAt(recordOf('again'), () => ({ kind: 'handled' })))).toMatchObject({
        kind: 'waiting',
      });
    }
    going.open();
    expect(await running).toEqual({ kind: 'handled' });
    expect(runs[0]!.signal!.aborted).toBe(false);
  });

  it('asks again for a claim that was answered after its time, and runs nothing under it', async () => {
    const answering = new Barrier();
    const slow = guardOf({
      store: Object.assign(Object.create(store) as Leases, {
        claim: async (...args: Parameters<Leases['claim']>) => {
          const claim = await store.claim(...args);
          await answering.passed;
          return claim;
        },
      }),
    });
    const running = slow.run(handling());
    await jest.advanceTimersByTimeAsync(LEASE);
    answering.open();
    expect(await running).toMatchObject({ kind: 'waiting' });
    expect(runs).toEqual([]);
    expect(await slow.run(handling())).toEqual({ kind: 'handled' });
    expect(new Set(store.owners).size).toBe(1);
  });

  it('draws the fencing token under the claim, and gives the claim up when there is none to be had', async () => {
    const drawn: boolean[] = [];
    const nextFencingToken = async () => {
      drawn.push(store.find(KEY) !== undefined);
      if (drawn.length === 2) throw new Error('database');
      return 7n;
    };
    const fenced = guardOf({ fences: { nextFencingToken } as any });
    await fenced.run(failing());
    expect(runs[0]!.fencingToken).toBe(7n);
    await expect(fenced.run(handling())).rejects.toThrow('database');
    expect(drawn).toEqual([true, true]);
    expect(runs).toHaveLength(1);
    expect(store.leases.size).toBe(0);
  });
});
