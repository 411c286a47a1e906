import { beforeEach, describe, expect, it } from '@jest/globals';
import { Barrier } from '../../../../test/support/barrier.js';
import { callOf, settingWith } from '../../../../test/support/guarded-calls.js';
import type { Handle } from '../../../../test/support/guarded-calls.js';
import { MemoryInboxStore, MemoryTransaction } from '../../../../test/support/memory-stores.js';
import type { AttemptResult, Claim, OpenGuard } from '../contracts/index.js';
import { FingerprintMismatchError, MissingKeyError } from './errors.js';
import { uniqueKey } from './unique-key.js';

describe('A record in a transaction of its own', () => {
  let store: MemoryInboxStore;
  let guard: OpenGuard;
  let runs: number;

  beforeEach(async () => {
    store = new MemoryInboxStore();
    guard = await uniqueKey({ key: 'id', fingerprint: ['amount'] }).open(settingWith(store));
    runs = 0;
  });

  /** A handler that writes to the database. */
  const writing =
    (result?: AttemptResult, reply?: Buffer): Handle =>
    async () => {
      await store.write(`effect ${++runs}`);
      return { result, reply };
    };

  it('is handled once, and its effect is there once', async () => {
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'handled' });
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'duplicate' });
    expect(await guard.run(callOf({ id: 2 }, writing()))).toEqual({ kind: 'handled' });
    expect(store.effects).toEqual(['effect 1', 'effect 2']);
  });

  it('leaves its reply for its duplicates', async () => {
    await guard.run(callOf({ id: 1 }, writing(undefined, Buffer.from('reply'))));
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'duplicate', reply: Buffer.from('reply') });
  });

  it.each<AttemptResult>([
    { kind: 'failed', error: new Error('boom') },
    { kind: 'released', delay: 5 },
    { kind: 'rejected', reason: 'why' },
    { kind: 'waiting', reason: 'busy', delay: 0 },
  ])('leaves nothing behind when it is not handled: $kind', async (result) => {
    expect(await guard.run(callOf({ id: 1 }, writing(result, Buffer.from('reply'))))).toEqual(result);
    expect([store.effects, store.rows.size]).toEqual([[], 0]);
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'handled' });
  });

  it('has no outcome before the COMMIT', async () => {
    const [committing, commit] = [new Barrier(), new Barrier()];
    store.committing = () => {
      committing.open();
      return commit.passed;
    };
    let ended = false;
    const outcome = guard.run(callOf({ id: 1 }, writing())).finally(() => (ended = true));
    await committing.passed;
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    commit.open();
    expect(await outcome).toEqual({ kind: 'handled' });
  });

  it('has none when the COMMIT fails, and runs again', async () => {
    store.committing = async () => {
      store.committing = async () => {};
      throw new Error('connection lost');
    };
    await expect(guard.run(callOf({ id: 1 }, writing()))).rejects.toThrow('connection lost');
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'handled' });
    expect(store.effects).toEqual(['effect 2']);
  });

  it('waits for another that has its key, and wins when that one fails', async () => {
    const [started, end] = [new Barrier(), new Barrier()];
    const first = guard.run(
      callOf({ id: 1 }, async () => {
        started.open();
        await end.passed;
        return { result: { kind: 'failed', error: 'boom' } };
      }),
    );
    await started.passed;
    const second = guard.run(callOf({ id: 1 }, writing()));
    end.open();
    expect(await first).toEqual({ kind: 'failed', error: 'boom' });
    expect(await second).toEqual({ kind: 'handled' });
  });

  it('waits for its turn when the store is busy, and does not run', async () => {
    class Busy extends MemoryTransaction {
      override async claim(): Promise<Claim> {
        return { status: 'busy', retryInMs: 100 };
      }
    }
    store.begin = () => new Busy(store);
    expect(await guard.run(callOf({ id: 1 }, writing()))).toMatchObject({ kind: 'waiting', reason: 'busy' });
    expect(runs).toBe(0);
  });

  it('is refused when its key was used for something else, or is missing', async () => {
    await guard.run(callOf({ id: 1, amount: 5 }, writing()));
    await expect(guard.run(callOf({ id: 1, amount: 6 }, writing()))).rejects.toBeInstanceOf(FingerprintMismatchError);
    await expect(guard.run(callOf({ amount: 6 }, writing()))).rejects.toBeInstanceOf(MissingKeyError);
    expect(runs).toBe(1);
  });

  it('is known by the key that it came with, whatever the handler does to it', async () => {
    const payload = { id: 1 };
    await guard.run(callOf(payload, async () => void (payload.id = 2)));
    expect(await guard.run(callOf({ id: 1 }, writing()))).toEqual({ kind: 'duplicate' });
    expect(await guard.run(callOf({ id: 2 }, writing()))).toEqual({ kind: 'handled' });
  });

  it('does not run when it was aborted before its claim came', async () => {
    const signal = AbortSignal.abort();
    expect(await guard.run(callOf({ id: 1 }, writing(), { signal }))).toMatchObject({ kind: 'waiting' });
    expect([runs, store.rows.size]).toEqual([0, 0]);
  });
});
