import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka, HistoryChecker } from 'nestjs-reliable-kafka/testing';
import { Kafka, logLevel } from 'kafkajs';
import { barrier, binding, consumer, send, type TestConsumer, values } from '../../support/consumers.js';

describe('ConsumerRuntime', () => {
  let kafka: EmbeddedKafka;
  const consumers: TestConsumer[] = [];

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { work: 4 } });
  });

  afterEach(async () => {
    await Promise.all(consumers.splice(0).map(({ runtime }) => runtime.close()));
    await kafka.stop();
  });

  async function start(
    ...args: Parameters<typeof consumer> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<TestConsumer> {
    const made = consumer(kafka.brokers, ...args);
    consumers.push(made);
    await made.runtime.start();
    return made;
  }

  async function committed(groupId = 'group'): Promise<Map<number, bigint>> {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const [topic] = await admin.fetchOffsets({ groupId, topics: ['work'] });
    await admin.disconnect();
    return new Map(topic!.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  it('runs every record once, in order per key, keys side by side', async () => {
    const history = new HistoryChecker();
    const all = values(2000, 50);
    for (const { key, id } of all) history.sent(key, id);
    const done = barrier();
    let [running, most, ended] = [0, 0, 0];
    await start([
      binding(async ({ payload: { key, id } }) => {
        history.started(key, id, 'w');
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        history.ended(key, id, 'w');
        if (++ended === all.length) done.open();
      }),
    ]);
    await send(kafka.brokers, 'work', all);
    await done.opened;
    expect(history.check()).toMatchObject({
      sent: 2000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      overlapped: 0,
      vacuous: false,
    });
    expect(most).toBeGreaterThan(10);
  });

  it('commits everything at the end, and nothing runs again after a restart', async () => {
    await send(kafka.brokers, 'work', values(200, 10));
    const done = barrier();
    let runs = 0;
    const first = await start([binding(async () => void (++runs === 200 && done.open()))]);
    await done.opened;
    await first.runtime.close();
    const offsets = await committed();
    expect([...offsets.values()].reduce((sum, offset) => sum + (offset > 0n ? offset : 0n), 0n)).toBe(200n);
    let again = 0;
    const second = await start([binding(async () => void again++)]);
    await second.event('assigned');
    await send(kafka.brokers, 'work', [{ key: 'k0', id: 'last' }]);
    await second.event('committed');
    expect(again).toBe(1);
  });

  it('never commits past unfinished work, and what is done above it does not run again', async () => {
    await send(kafka.brokers, 'work', values(100, 10), 0);
    const stuck = barrier();
    const restDone = barrier();
    let ended = 0;
    const first = await start(
      [
        binding(async ({ payload }) => {
          if (payload.id === 'k3#0') await stuck.opened;
          else if (++ended === 90) restDone.open();
        }),
      ],
      { drainTimeout: 300 },
    );
    await restDone.opened;
    await first.runtime.close();
    stuck.open();
    expect((await committed()).get(0)).toBe(3n);
    const reruns: string[] = [];
    const done = barrier();
    await start([
      binding(async ({ payload }) => {
        reruns.push(payload.id);
        if (reruns.length === 10) done.open();
      }),
    ]);
    await done.opened;
    expect(reruns).toEqual(Array.from({ length: 10 }, (_, i) => `k3#${i}`));
  });

  it('keeps a failing key waiting while the others flow, and tries it again', async () => {
    await send(kafka.brokers, 'work', values(40, 4), 0);
    const order: string[] = [];
    const done = barrier();
    const made = await start([
      binding(async ({ payload, attempt }) => {
        if (payload.id === 'k1#0' && attempt < 3) throw new Error('not yet');
        order.push(payload.id);
        if (order.length === 40) done.open();
      }),
    ]);
    await done.opened;
    expect(order.filter((id) => id.startsWith('k1#'))).toEqual(Array.from({ length: 10 }, (_, i) => `k1#${i}`));
    expect(order.indexOf('k1#0')).toBe(30);
    expect(made.events.filter(({ type }) => type === 'attempt-failed')).toHaveLength(2);
  });

  it('stops a partition at a record that cannot be decoded, says so, and commits what came before', async () => {
    await send(kafka.brokers, 'work', values(5, 5), 0);
    const producer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 'work', messages: [{ key: 'k', value: '{ not json', partition: 0 }] });
    await producer.disconnect();
    await send(kafka.brokers, 'work', values(5, 5), 0);
    let runs = 0;
    const made = await start([binding(async () => void runs++)], {});
    const { record } = await made.event('record-undecodable');
    expect(record).toEqual({ topic: 'work', partition: 0, offset: 5n });
    expect(made.runtime.stats().partitions[0]).toMatchObject({ paused: ['undecodable'] });
    await made.runtime.close();
    expect(runs).toBe(5);
    expect((await committed()).get(0)).toBe(5n);
  });

  it('shares the partitions with a second instance without running a key on both', async () => {
    const history = new HistoryChecker();
    const all = values(600, 30);
    for (const { key, id } of all) history.sent(key, id);
    const [half, done] = [barrier(), barrier()];
    let ended = 0;
    const handler = (worker: string) =>
      binding(async ({ payload: { key, id } }) => {
        history.started(key, id, worker);
        await new Promise((resolve) => setTimeout(resolve, 5));
        history.ended(key, id, worker);
        if (++ended === 150) half.open();
        if (ended >= 600) done.open();
      });
    await start([handler('a')], { concurrency: 20 });
    await send(kafka.brokers, 'work', all);
    await half.opened;
    const second = await start([handler('b')], { concurrency: 20 });
    await second.event('assigned', ({ partitions }) => partitions.length === 2);
    await done.opened;
    expect(history.check()).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, overlapped: 0, counterexamples: [] });
  });

  it('moves to where a seek says, and commits it', async () => {
    await send(kafka.brokers, 'work', values(20, 5), 0);
    const seen: string[] = [];
    const [first, second] = [barrier(), barrier()];
    const made = await start([
      binding(async ({ payload }) => {
        seen.push(payload.id);
        if (seen.length === 20) first.open();
        if (seen.length === 25) second.open();
      }),
    ]);
    await first.opened;
    await made.runtime.seek({ topic: 'work', partition: 0, offset: 15n });
    await second.opened;
    expect(seen.slice(20)).toEqual(['k0#3', 'k1#3', 'k2#3', 'k3#3', 'k4#3']);
    await expect(made.runtime.seek({ topic: 'work', partition: 9, offset: 0n })).rejects.toThrow(
      'work[9] is not owned by this process',
    );
  });

  it('bounds how far the head runs before a stuck key, in its partition alone', async () => {
    await send(kafka.brokers, 'work', values(1, 1), 0);
    const stuck = barrier();
    const made = await start(
      [
        binding(async ({ payload }) => {
          if (payload.key === 'k0') await stuck.opened;
        }),
      ],
      { maxAhead: 100 },
    );
    await made.event('assigned');
    await send(
      kafka.brokers,
      'work',
      values(500, 50).map(({ key, id }) => ({ key: `x${key}`, id })),
      0,
    );
    const bound = await made.event('ahead-bound');
    expect(bound).toMatchObject({ topic: 'work', partition: 0, watermark: 0n });
    stuck.open();
    await made.event('committed', ({ offset }) => offset === 501n);
    expect(made.runtime.stats().partitions.map(({ paused }) => paused)).toEqual([[], [], [], []]);
  });

  it('hands on what one of two handlers has done while the other is stuck', async () => {
    await send(kafka.brokers, 'work', values(10, 10), 0);
    const [stuck, audited] = [barrier(), barrier()];
    let audits = 0;
    const audit = () => binding(async () => void (++audits === 10 && audited.open()), { name: 'audit' });
    const first = await start([binding(() => stuck.opened), audit()], { drainTimeout: 200 });
    await audited.opened;
    await first.runtime.close();
    stuck.open();
    const done = barrier();
    let runs = 0;
    await start([binding(async () => void (++runs === 10 && done.open())), audit()]);
    await done.opened;
    expect(audits).toBe(10);
  });
});
