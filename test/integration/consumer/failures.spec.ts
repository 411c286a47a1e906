import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { EmbeddedKafka, HistoryChecker } from 'nestjs-reliable-kafka/testing';
import type { Attempt, DeadRecord, HandlerBinding, Probe } from '../../../libs/reliable-kafka/src/contracts/index.js';
import {
  AttemptTimeoutError,
  FatalError,
  InfrastructureError,
  RejectedError,
  ReleasedError,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import { fixed } from '../../../libs/reliable-kafka/src/retry/index.js';
import { barrier, binding, consumer, send, type TestConsumer, type Value, values } from '../../support/consumers.js';

/** A dead letter topic that does as it is told. */
class Graveyard {
  readonly buried: DeadRecord[] = [];
  /** Before a record is buried. */
  gate: (dead: DeadRecord) => Promise<void> = async () => undefined;

  async bury(dead: DeadRecord): Promise<void> {
    await this.gate(dead);
    this.buried.push(dead);
  }

  get ids(): string[] {
    return this.buried.map(({ record }) => JSON.parse(String(record.value)).id);
  }
}

/** A backend whose probe fails while it is down. */
class Service implements Probe {
  readonly backend = 'database';
  isDown = false;
  asked = 0;

  async probe(): Promise<void> {
    this.asked++;
    if (this.isDown) throw new Error('connection refused');
  }
}

const DEAD: Partial<HandlerBinding> = { retry: { attempts: 3, backoff: fixed(1) }, deadLetter: { topic: 'work-dlt' } };

describe('an attempt that fails', () => {
  let kafka: EmbeddedKafka;
  let graveyard: Graveyard;
  let service: Service;
  const consumers: TestConsumer[] = [];

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { work: 2 } });
    graveyard = new Graveyard();
    service = new Service();
  });

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map(({ runtime }) => runtime.close()));
    await kafka.stop();
  });

  async function start(
    run: (attempt: Attempt & { payload: Value }) => ReturnType<Parameters<typeof binding>[0]>,
    more: Partial<HandlerBinding> = DEAD,
  ): Promise<TestConsumer> {
    const made = consumer(
      kafka.brokers,
      [binding(run, { commit: { after: 'record', mode: 'async' }, ...more })],
      { drainTimeout: 500 },
      { deadLetters: graveyard, probes: [service] },
    );
    consumers.push(made);
    await made.runtime.start();
    return made;
  }

  async function committed(partition = 0): Promise<bigint> {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const [topic] = await admin.fetchOffsets({ groupId: 'group', topics: ['work'] });
    await admin.disconnect();
    return BigInt(topic!.partitions.find((one) => one.partition === partition)!.offset);
  }

  const passed = (made: TestConsumer, offset: bigint, partition = 0) =>
    made.event('committed', (event) => event.partition === partition && event.offset >= offset);

  it('for the last time is buried, and its key goes on', async () => {
    await send(kafka.brokers, 'work', values(6, 2), 0);
    const runs: string[] = [];
    const made = await start(async ({ payload: { id }, attempt }) => {
      runs.push(`${id} ${attempt}`);
      if (id === 'k0#1') throw new Error('never');
    });
    await passed(made, 6n);
    expect(runs.filter((run) => run.startsWith('k0'))).toEqual(['k0#0 1', 'k0#1 1', 'k0#1 2', 'k0#1 3', 'k0#2 1']);
    expect(graveyard.buried).toMatchObject([
      { reason: 'attempts', attempts: 3, orderingKey: 'k0', error: { message: 'never' }, record: { offset: 2n } },
    ]);
    expect(await made.event('dead-lettered')).toMatchObject({ topic: 'work-dlt', reason: 'attempts' });
  });

  it('is passed only once it is buried', async () => {
    await send(kafka.brokers, 'work', values(4, 4), 0);
    const [asked, opened] = [barrier(), barrier()];
    graveyard.gate = () => {
      asked.open();
      return opened.opened;
    };
    const made = await start(async ({ payload: { id } }) => {
      if (id === 'k1#0') throw new FatalError('never');
    });
    await asked.opened;
    await made.runtime.drain('rebalance');
    expect(await committed()).toBe(1n);
    await made.runtime.close();
    expect(await committed()).toBe(1n);
    opened.open();
  });

  it.each([
    ['a fatal error', async () => Promise.reject(new FatalError('no use')), 'fatal', FatalError],
    ['a rejection', async () => ({ kind: 'rejected', reason: 'no such user' }) as const, 'rejected', RejectedError],
  ])('with %s is buried at once', async (_, run, reason, error) => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const made = await start(run);
    await passed(made, 1n);
    expect(graveyard.buried).toMatchObject([{ reason, attempts: 1, error: expect.any(error) }]);
  });

  it('is counted when the handler asked for another attempt', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const made = await start(async () => ({ kind: 'released', delay: 1 }));
    await passed(made, 1n);
    expect(graveyard.buried).toMatchObject([{ reason: 'attempts', attempts: 3, error: expect.any(ReleasedError) }]);
  });

  it('is tried for ever where nobody takes dead letters', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const enough = barrier();
    await start(
      async ({ attempt }) => {
        if (attempt === 15) return enough.open();
        throw new Error('not yet');
      },
      { retry: { attempts: 3, backoff: fixed(1) } },
    );
    await enough.opened;
  });

  it('and cannot be buried stops its partition and no other, until it is', async () => {
    const outcomes: string[] = [];
    let isFull = true;
    graveyard.gate = async () => {
      if (isFull) throw new Error('the topic refuses writes');
    };
    const made = await start(async ({ payload: { id }, record }) => {
      if (id === 'bad') throw new FatalError('never');
      outcomes.push(`${record.partition} ${id}`);
    });
    await send(kafka.brokers, 'work', [{ key: 'bad', id: 'bad' }], 0);
    expect(await made.event('outage-began')).toMatchObject({ what: 'dead letter topic work-dlt' });
    await send(kafka.brokers, 'work', values(5, 5), 0);
    await send(kafka.brokers, 'work', values(5, 5), 1);
    await passed(made, 5n, 1);
    expect(outcomes.filter((outcome) => outcome.startsWith('0'))).toEqual([]);
    expect(made.runtime.stats().partitions.find(({ partition }) => partition === 0)!.paused).toContain(
      'infrastructure',
    );
    isFull = false;
    await passed(made, 6n);
    expect(outcomes.filter((outcome) => outcome.startsWith('0'))).toHaveLength(5);
    expect(graveyard.ids).toEqual(['bad']);
    expect((await made.event('outage-ended')).what).toBe('dead letter topic work-dlt');
  });

  it('is written down by its guard before it is buried, with the payload decoded afresh', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const told: string[] = [];
    let isDown = true;
    graveyard.gate = async () => void told.push('buried');
    const dying = async (_: unknown, payload: unknown) => {
      told.push(`dying ${(payload as Value).id}`);
      if (!isDown) return;
      isDown = false;
      throw new Error('no connection');
    };
    const made = await start(
      async ({ payload }) => {
        Object.assign(payload, { id: 'changed' });
        throw new FatalError('never');
      },
      { ...DEAD, dying },
    );
    await passed(made, 1n);
    expect(told).toEqual(['dying k0#0', 'dying k0#0', 'buried']);
  });

  it('because a backend is down waits for it with its whole partition, and is not counted', async () => {
    await send(kafka.brokers, 'work', values(8, 4), 0);
    service.isDown = true;
    const attempts = new Set<number>();
    const runs: string[] = [];
    const made = await start(async ({ payload: { id }, attempt }) => {
      attempts.add(attempt);
      if (service.isDown) throw new InfrastructureError('no connection', { backend: 'database' });
      runs.push(id);
    });
    expect(await made.event('outage-began')).toMatchObject({ what: 'database' });
    service.isDown = false;
    await passed(made, 8n);
    expect(attempts).toEqual(new Set([1]));
    expect(runs.toSorted()).toEqual(
      values(8, 4)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(graveyard.buried).toEqual([]);
  });

  it('as if a backend were down, which a probe denies, is counted like any other', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const made = await start(async () => {
      throw new InfrastructureError('read ECONNRESET', { backend: 'database' });
    });
    await passed(made, 1n);
    expect(graveyard.buried).toMatchObject([{ reason: 'attempts', attempts: 3 }]);
    expect(service.asked).toBe(3);
    expect(made.events.filter(({ type }) => type === 'outage-began')).toEqual([]);
  });

  it('in a conflict is tried again without being counted, and counted after ten of them', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const attempts: number[] = [];
    const made = await start(async ({ attempt }) => {
      attempts.push(attempt);
      throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    });
    await passed(made, 1n);
    expect(attempts).toEqual([1, 2, 3].flatMap((attempt) => Array<number>(11).fill(attempt)));
    expect(graveyard.ids).toEqual(['k0#0']);
  });

  it('by its timeout keeps its lane until the method has ended, and the next attempt has a signal of its own', async () => {
    await send(kafka.brokers, 'work', values(2, 1), 0);
    const [aborted, ended] = [barrier(), barrier()];
    const told: string[] = [];
    const made = await start(
      async ({ payload: { id }, attempt, signal }) => {
        told.push(`${id} ${attempt} ${signal.aborted}`);
        if (id !== 'k0#0' || attempt > 1) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted.open();
        await ended.opened;
        throw new Error('aborted');
      },
      { ...DEAD, retry: { ...DEAD.retry, timeout: 20 } },
    );
    await aborted.opened;
    expect(told).toEqual(['k0#0 1 false']);
    ended.open();
    await passed(made, 2n);
    expect(told).toEqual(['k0#0 1 false', 'k0#0 2 false', 'k0#1 1 false']);
    expect(await made.event('attempt-failed')).toMatchObject({
      error: expect.any(AttemptTimeoutError),
      attempt: 1,
    });
  });

  it('before its handler, since its bytes cannot be decoded, is buried as it came', async () => {
    const producer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 'work', messages: [{ value: '{"key"', partition: 0 }] });
    await producer.disconnect();
    await send(kafka.brokers, 'work', [...values(2, 2), { id: 'keyless' } as Value, ...values(2, 2)], 0);
    const runs: string[] = [];
    const made = await start(async ({ payload }) => void runs.push(payload.id));
    await passed(made, 6n);
    expect(graveyard.buried.map(({ reason, record }) => `${reason} ${String(record.value)}`)).toEqual([
      'undecodable {"key"',
      'undecodable {"id":"keyless"}',
    ]);
    expect(runs).toHaveLength(4);
  });

  it('half of the time, for good, does not disturb healthy keys', async () => {
    const all = values(400, 20);
    const history = new HistoryChecker();
    for (const { key, id } of all) history.sent(key, id);
    await send(kafka.brokers, 'work', all, 0);
    const isBad = (key: string) => Number(key.slice(1)) % 2 === 1;
    const made = await start(async ({ payload: { key, id }, attempt }) => {
      if (isBad(key)) throw new Error('never');
      history.started(key, id, 'w');
      await new Promise((resolve) => setImmediate(resolve));
      history.ended(key, id, 'w');
      expect(attempt).toBe(1);
    });
    await passed(made, 400n);
    expect(history.check()).toMatchObject({ lost: 200, duplicated: 0, reordered: 0, overlapped: 0, vacuous: false });
    expect(graveyard.ids.toSorted()).toEqual(
      all
        .filter(({ key }) => isBad(key))
        .map(({ id }) => id)
        .toSorted(),
    );
  });
});
