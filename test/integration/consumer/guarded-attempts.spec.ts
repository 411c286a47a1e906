import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka, HistoryChecker } from 'nestjs-reliable-kafka/testing';
import type { AttemptResult } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { Places } from '../../../libs/reliable-kafka/src/flow/index.js';
import { barrier, binding, consumer, send, type TestConsumer, values } from '../../support/consumers.js';

let kafka: EmbeddedKafka;
const consumers: TestConsumer[] = [];

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { work: 4 } });
});

afterEach(async () => {
  await Promise.all(consumers.splice(0).map(({ runtime }) => runtime.close()));
  await kafka.stop();
});

async function start(...bindings: ReturnType<typeof binding>[]): Promise<TestConsumer> {
  const made = consumer(kafka.brokers, bindings);
  consumers.push(made);
  await made.runtime.start();
  return made;
}

const turn = () => new Promise(setImmediate);

describe('A handler with a capacity', () => {
  it('never runs more often at once, while another handler goes on; nothing is lost, twice or out of order', async () => {
    const history = new HistoryChecker();
    const all = values(2000, 100);
    for (const { key, id } of all) history.sent(key, id);
    const [others, let3go, done] = [barrier(), barrier(), barrier()];
    let [running, most, ended, other] = [0, 0, 0, 0];
    await start(
      binding(
        async ({ payload: { key, id } }) => {
          history.started(key, id, 'w');
          most = Math.max(most, ++running);
          await let3go.opened;
          await turn();
          running--;
          history.ended(key, id, 'w');
          if (++ended === all.length) done.open();
        },
        { capacity: new Places(3) },
      ),
      binding(async () => void (++other === 1000 && others.open()), { name: 'other' }),
    );
    await send(kafka.brokers, 'work', all);
    await others.opened;
    expect(ended).toBe(0);
    let3go.open();
    await done.opened;
    expect(most).toBe(3);
    expect(history.check()).toMatchObject({
      sent: 2000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      overlapped: 0,
      vacuous: false,
      counterexamples: [],
    });
  });

  it('is drained while its lanes wait, and goes on where it was', async () => {
    const order: string[] = [];
    const [started, end, done] = [barrier(), barrier(), barrier()];
    const { runtime } = await start(
      binding(
        async ({ payload: { id } }) => {
          started.open();
          await end.opened;
          order.push(id);
          if (order.length === 20) done.open();
        },
        { capacity: new Places(1) },
      ),
    );
    await send(kafka.brokers, 'work', values(20, 4), 0);
    await started.opened;
    const drained = runtime.settleRunning();
    end.open();
    await drained;
    await done.opened;
    for (const key of ['k0', 'k1', 'k2', 'k3'])
      expect(order.filter((id) => id.startsWith(key))).toEqual([0, 1, 2, 3, 4].map((i) => `${key}#${i}`));
  });

  it('leaves what waits to the next consumer when this one closes', async () => {
    await send(kafka.brokers, 'work', values(20, 4), 0);
    const handled: string[] = [];
    const [started, end, done] = [barrier(), barrier(), barrier()];
    const handler = () =>
      binding(
        async ({ payload: { id } }) => {
          started.open();
          await end.opened;
          handled.push(id);
          if (handled.length === 20) done.open();
        },
        { capacity: new Places(1) },
      );
    const first = await start(handler());
    await started.opened;
    const closed = first.runtime.close();
    while (first.runtime.stats().state !== 'draining') await turn();
    end.open();
    await closed;
    expect(handled).toEqual(['k0#0']);
    await start(handler());
    await done.opened;
    expect(new Set(handled).size).toBe(20);
  });
});

describe('An attempt', () => {
  /** Answers with these results one after the other, then handles. */
  async function answering(...answers: AttemptResult[]) {
    const seen: [id: string, attempt: number][] = [];
    const done = barrier();
    const made = await start(
      binding(async ({ payload: { id }, attempt }) => {
        seen.push([id, attempt]);
        if (id === 'k0#1') done.open();
        return id === 'k0#0' ? answers.shift() : undefined;
      }),
    );
    await send(kafka.brokers, 'work', values(2, 1), 0);
    await done.opened;
    await made.event('committed', ({ offset }) => offset === 2n);
    return { seen, events: made.events };
  }

  it.each(['busy', 'premature'] as const)(
    'that has to wait (%s) counts none, tells of it, and keeps its lane in order',
    async (reason) => {
      const waiting = { kind: 'waiting', reason, delay: 1 } as const;
      const { seen, events } = await answering(waiting, waiting);
      expect(seen).toEqual([
        ['k0#0', 1],
        ['k0#0', 1],
        ['k0#0', 1],
        ['k0#1', 1],
      ]);
      expect(events.filter(({ type }) => type === 'record-waiting')).toEqual(
        Array(2).fill({
          type: 'record-waiting',
          record: { topic: 'work', partition: 0, offset: 0n },
          handler: 'Test.handle',
          reason,
          retryInMs: 1,
        }),
      );
      expect(events.some(({ type }) => type === 'attempt-failed')).toBe(false);
    },
  );

  it('that fails between two waits counts for itself alone', async () => {
    const waiting = { kind: 'waiting', reason: 'busy', delay: 1 } as const;
    const { seen } = await answering(waiting, { kind: 'released', delay: 1 }, waiting);
    expect(seen.map(([, attempt]) => attempt)).toEqual([1, 1, 2, 2, 1]);
  });

  it.each(['duplicate', 'superseded'] as const)('that finds a record %s passes it, and tells of it', async (kind) => {
    const { seen, events } = await answering({ kind });
    expect(seen).toEqual([
      ['k0#0', 1],
      ['k0#1', 1],
    ]);
    expect(events.filter(({ type }) => type === 'record-skipped')).toEqual([
      {
        type: 'record-skipped',
        record: { topic: 'work', partition: 0, offset: 0n },
        handler: 'Test.handle',
        reason: kind,
      },
    ]);
  });
});
