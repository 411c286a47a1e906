import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FlushLine } from './flush-line.js';
import type { Stretch } from './flush-line.js';

const settled = () => new Promise(setImmediate);

describe('A flush', () => {
  let line: FlushLine;

  beforeEach(() => {
    line = new FlushLine();
  });

  /** A flush, and whether it has ended. */
  function flush() {
    const state = { ended: false };
    const { stretch, ended } = line.flush();
    void ended.then(() => (state.ended = true));
    return { state, stretch };
  }

  it('ends at once where there is nothing', async () => {
    await line.flush().ended;
  });

  it('ends with the last message before it, and waits for none after it', async () => {
    const before = [line.enter(), line.enter()];
    const { state } = flush();
    line.enter();
    before[0]!.leave();
    await settled();
    expect(state.ended).toBe(false);
    before[1]!.leave();
    await settled();
    expect(state.ended).toBe(true);
  });

  it('waits for what an earlier one waits for', async () => {
    const message = line.enter();
    const [first, second] = [flush(), flush()];
    await settled();
    expect([first.state.ended, second.state.ended]).toEqual([false, false]);
    message.leave();
    await settled();
    expect([first.state.ended, second.state.ended]).toEqual([true, true]);
  });

  it('is told of what has failed since the one before, and the first reason', async () => {
    line.enter().fail('one');
    line.enter().fail('two');
    const { stretch, ended } = line.flush();
    await ended;
    expect(stretch).toMatchObject({ failed: 2, cause: 'one' });
    const next = line.flush();
    await next.ended;
    expect(next.stretch).toMatchObject({ failed: 0, cause: undefined });
  });

  it('is told of what fails while it waits, also for messages that an earlier one waits for', async () => {
    const message = line.enter();
    const [first, second] = [flush(), flush()];
    message.fail('why');
    await settled();
    expect([first.stretch, second.stretch]).toMatchObject([
      { failed: 1, cause: 'why' },
      { failed: 1, cause: 'why' },
    ]);
    const later = flush();
    await settled();
    expect(later.stretch.failed).toBe(0);
  });

  it('can be asked meanwhile how much is open', async () => {
    const message = line.enter();
    line.enter();
    const first = flush();
    line.enter();
    const second = flush();
    message.leave();
    expect([first.stretch.open, second.stretch.open]).toEqual([1, 2]);
  });

  it('is known to be waiting', async () => {
    const message = line.enter();
    expect(line.flushing).toBe(false);
    line.flush();
    expect(line.flushing).toBe(true);
    message.leave();
    await settled();
    expect(line.flushing).toBe(false);
  });

  it('costs the same, however many overlap', async () => {
    let message = line.enter();
    let last: Stretch | undefined;
    for (let i = 0; i < 20_000; i++) {
      last = line.flush().stretch;
      const next = line.enter();
      message.leave();
      message = next;
      if (i % 1_000 === 0) await settled();
    }
    message.leave();
    await settled();
    expect(last).toMatchObject({ open: 0, failed: 0 });
  });

  it('ends when all before it have ended, and counts all that fail, whatever the order', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('enter' as const) },
      { weight: 1, arbitrary: fc.constant('flush' as const) },
      { weight: 2, arbitrary: fc.record({ end: fc.nat(20), well: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        line = new FlushLine();
        const open: { stretch: Stretch; number: number }[] = [];
        const flushes: { before: number; state: { ended: boolean }; stretch: Stretch }[] = [];
        let entered = 0;
        let failed = 0;
        const check = async () => {
          await settled();
          for (const { before, state } of flushes)
            expect(state.ended).toBe(!open.some(({ number }) => number < before));
        };
        const end = ({ stretch }: { stretch: Stretch }, well: boolean) => {
          failed += well ? 0 : 1;
          if (well) stretch.leave();
          else stretch.fail('why');
        };
        for (const one of steps) {
          if (one === 'enter') open.push({ stretch: line.enter(), number: entered++ });
          else if (one === 'flush') flushes.push({ before: entered, ...flush() });
          else if (open.length > 0) end(open.splice(one.end % open.length, 1)[0]!, one.well);
          await check();
        }
        for (const one of open.splice(0)) end(one, true);
        flushes.push({ before: entered, ...flush() });
        await check();
        const told = flushes.reduce((sum, { stretch }) => sum + stretch.failed, 0);
        expect(told).toBeGreaterThanOrEqual(failed);
      }),
      { numRuns: 100 },
    );
  });
});
