import { beforeEach, describe, expect, it } from '@jest/globals';
import { Barrier } from '../../../../test/support/barrier.js';
import { callOf, settingWith } from '../../../../test/support/guarded-calls.js';
import type { Handle } from '../../../../test/support/guarded-calls.js';
import { MemoryInboxStore, MemoryTransaction } from '../../../../test/support/memory-stores.js';
import type { AttemptResult, Claim, GuardKey, OpenGuard } from '../contracts/index.js';
import { FingerprintMismatchError, MissingKeyError } from './errors.js';
import { uniqueKey } from './unique-key.js';

/** Counts its transactions, and what each claims. */
class Inbox extends MemoryInboxStore {
  readonly batches: string[][] = [];

  override begin() {
    const { batches } = this;
    return new (class extends MemoryTransaction {
      override claimAll(keys: readonly GuardKey[]) {
        batches.push(keys.map(({ key }) => key.replace('key:', '')));
        return this.answer(keys);
      }

      protected answer(keys: readonly GuardKey[]): Promise<readonly Claim[]> {
        return super.claimAll(keys);
      }
    })(this);
  }
}

describe('Records in a transaction together', () => {
  let store: Inbox;
  let guard: OpenGuard;
  let log: string[];

  beforeEach(async () => {
    store = new Inbox();
    guard = await open();
    log = [];
  });

  const open = (batch: true | { size: number } = true) =>
    uniqueKey({ key: 'id', fingerprint: ['amount'], batch }).open(settingWith(store));

  /** A handler that writes to the database, in two turns of the event loop. */
  const writing =
    (id: string, result?: AttemptResult, reply?: Buffer): Handle =>
    async () => {
      log.push(`${id} starts`);
      await store.write(id);
      await new Promise(setImmediate);
      log.push(`${id} ends`);
      return { result, reply };
    };

  const run = (id: string, result?: AttemptResult, reply?: Buffer) =>
    guard.run(callOf({ id }, writing(id, result, reply)));

  it('are those that come at once; their handlers run strictly one after another, in their order', async () => {
    expect(await Promise.all(['a', 'b', 'c'].map((id) => run(id)))).toEqual(Array(3).fill({ kind: 'handled' }));
    expect(store.batches).toEqual([['a', 'b', 'c']]);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
    expect(store.effects).toEqual(['a', 'b', 'c']);
  });

  it('are those, too, that come while another transaction is under way', async () => {
    const [committing, commit] = [new Barrier(), new Barrier()];
    store.committing = () => {
      committing.open();
      return commit.passed;
    };
    const first = run('a');
    await committing.passed;
    const others = ['b', 'c'].map((id) => run(id));
    commit.open();
    await Promise.all([first, ...others]);
    expect(store.batches).toEqual([['a'], ['b', 'c']]);
  });

  it('are as many as the batch holds', async () => {
    guard = await open({ size: 2 });
    await Promise.all(['a', 'b', 'c'].map((id) => run(id)));
    expect(store.batches).toEqual([['a', 'b'], ['c']]);
  });

  it('take one place of the store, and give it back', async () => {
    const places: boolean[] = [];
    store = new Inbox('one', 1);
    guard = await open();
    await Promise.all(
      ['a', 'b'].map((id) => guard.run(callOf({ id }, async () => void places.push(store.capacity.tryTake())))),
    );
    expect(places).toEqual([false, false]);
    expect(store.capacity.tryTake()).toBe(true);
    const waiting = run('c');
    await new Promise(setImmediate);
    expect(store.batches).toHaveLength(1);
    store.capacity.release();
    expect(await waiting).toEqual({ kind: 'handled' });
  });

  it('have no outcome before the COMMIT of all', async () => {
    const [committing, commit] = [new Barrier(), new Barrier()];
    store.committing = () => {
      committing.open();
      return commit.passed;
    };
    let ended = 0;
    const outcomes = ['a', 'b'].map((id) => run(id).finally(() => ended++));
    await committing.passed;
    await new Promise(setImmediate);
    expect([log.length, ended]).toEqual([4, 0]);
    commit.open();
    await Promise.all(outcomes);
  });

  it('have none at all when the COMMIT fails, and run again', async () => {
    store.committing = async () => {
      store.committing = async () => {};
      throw new Error('connection lost');
    };
    const failed = await Promise.allSettled(['a', 'b'].map((id) => run(id)));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([store.effects, store.rows.size]).toEqual([[], 0]);
    expect(await Promise.all(['a', 'b'].map((id) => run(id)))).toEqual(Array(2).fill({ kind: 'handled' }));
    expect(store.effects).toEqual(['a', 'b']);
  });

  it.each<AttemptResult>([
    { kind: 'failed', error: 'boom' },
    { kind: 'rejected', reason: 'why' },
    { kind: 'released' },
  ])('fail alone: of one that is $kind nothing stays, and all of the others', async (result) => {
    const reply = Buffer.from('reply');
    expect(await Promise.all([run('a'), run('poison', result, reply), run('c', undefined, reply)])).toEqual([
      { kind: 'handled' },
      result,
      { kind: 'handled' },
    ]);
    expect(store.effects).toEqual(['a', 'c']);
    expect(await Promise.all([run('a'), run('poison'), run('c')])).toEqual([
      { kind: 'duplicate' },
      { kind: 'handled' },
      { kind: 'duplicate', reply },
    ]);
  });

  it('fail alone when what they did cannot be kept; the others are handled', async () => {
    const error = new Error('of the database');
    const begin = store.begin.bind(store);
    store.begin = () => Object.assign(begin(), { keepReply: () => Promise.reject(error) });
    expect(await Promise.all([run('a'), run('b', undefined, Buffer.from('reply')), run('c')])).toEqual([
      { kind: 'handled' },
      { kind: 'failed', error },
      { kind: 'handled' },
    ]);
    expect(store.effects).toEqual(['a', 'c']);
    expect(store.rows.size).toBe(2);
  });

  it('commit nothing when nothing of them was handled', async () => {
    store.committing = async () => {
      throw new Error('There is nothing to commit');
    };
    await run('a', { kind: 'released' });
    await Promise.all(['a', 'b'].map((id) => run(id, { kind: 'failed', error: 'boom' })));
    expect(store.rows.size).toBe(0);
  });

  it('may hold a key twice: the second waits for what becomes of the first', async () => {
    expect(await Promise.all([run('a'), run('b'), run('a')])).toEqual([
      { kind: 'handled' },
      { kind: 'handled' },
      { kind: 'duplicate' },
    ]);
    expect(store.batches).toEqual([['a', 'b'], ['a']]);
    expect(await Promise.all([run('c', { kind: 'failed', error: 'boom' }), run('c')])).toEqual([
      { kind: 'failed', error: 'boom' },
      { kind: 'handled' },
    ]);
    expect(store.effects).toEqual(['a', 'b', 'c']);
  });

  it('are refused one by one', async () => {
    await guard.run(callOf({ id: 'a', amount: 5 }, writing('a')));
    const [mismatch, missing, fine] = await Promise.allSettled([
      guard.run(callOf({ id: 'a', amount: 6 }, writing('a'))),
      guard.run(callOf({ amount: 6 }, writing('none'))),
      run('b'),
    ]);
    expect(mismatch).toEqual({ status: 'rejected', reason: expect.any(FingerprintMismatchError) });
    expect(missing).toEqual({ status: 'rejected', reason: expect.any(MissingKeyError) });
    expect(fine).toEqual({ status: 'fulfilled', value: { kind: 'handled' } });
  });

  it('that were aborted do not run, and leave no claim; the others are handled', async () => {
    const lost = new AbortController();
    const aborting = guard.run(callOf({ id: 'a' }, async () => lost.abort()));
    const aborted = ['b', 'c'].map((id) => guard.run(callOf({ id }, writing(id), { signal: lost.signal })));
    const other = run('d');
    expect(await aborting).toEqual({ kind: 'handled' });
    expect(await Promise.all(aborted)).toEqual(Array(2).fill(expect.objectContaining({ kind: 'waiting' })));
    expect(await other).toEqual({ kind: 'handled' });
    expect(store.effects).toEqual(['d']);
    expect([...store.rows.keys()].map((name) => JSON.parse(name)[1])).toEqual(['key:a', 'key:d']);
  });

  it('try each alone when another transaction holds a key of theirs: only that one waits', async () => {
    const began = store.begin.bind(store);
    store.begin = () =>
      Object.assign(began(), {
        answer(this: MemoryTransaction, keys: readonly GuardKey[]) {
          const isHeld = keys.some(({ key }) => key === 'key:held');
          const claims = keys.map((key) => (isHeld ? BUSY : this.insert(key)));
          return Promise.resolve(claims);
        },
      });
    expect(await Promise.all([run('a'), run('held'), run('c')])).toEqual([
      { kind: 'handled' },
      expect.objectContaining({ kind: 'waiting', reason: 'busy' }),
      { kind: 'handled' },
    ]);
    expect(store.batches).toEqual([['a', 'held', 'c'], ['a'], ['held'], ['c']]);
    expect(store.effects).toEqual(['a', 'c']);
  });

  it('are rejected together when the claims cannot be asked for, and the next ones are tried anew', async () => {
    const began = store.begin.bind(store);
    store.begin = () => {
      store.begin = began;
      throw new Error('no connection');
    };
    const failed = await Promise.allSettled(['a', 'b'].map((id) => run(id)));
    expect(failed).toEqual(
      Array(2).fill({ status: 'rejected', reason: expect.objectContaining({ message: 'no connection' }) }),
    );
    expect(await run('a')).toEqual({ kind: 'handled' });
  });
});

const BUSY: Claim = { status: 'busy', retryInMs: 100 };
