import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { realServices } from '../../services/index.js';
import { createTopic } from '../../support/create-topic.js';
import { ConsumingApp, SESSION } from '../../support/faults/consuming-app.js';
import type { Trial } from '../../support/faults/trial.js';
import { until } from '../../support/faults/until.js';
import { World } from '../../support/faults/world.js';
import { Barrier } from '../../support/barrier.js';

const GUARDS = ['uniqueKey', 'versionGuard-next', 'statusGuard-claim', 'setNx'];
const PARTITIONS = 2;
const tuning = { lease: 2_000, lockTimeout: 500 };

describe('A group that rebalances while a handler runs', () => {
  const kafka = new Kafka({
    brokers: realServices().kafka.brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 20 },
  });
  let admin: Admin;
  let world: World;
  let topic: string;
  let gate: Barrier;
  let members: ConsumingApp[];

  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  beforeEach(async () => {
    world = await World.make('postgres');
    topic = world.ground.space;
    gate = new Barrier();
    members = [];
    await createTopic(admin, { topic, numPartitions: PARTITIONS });
  });
  afterEach(async () => {
    gate.open();
    await Promise.all(members.map((member) => member.end()));
    await world.end();
    await admin.deleteTopics({ topics: [topic] });
  });

  async function member(guard: string, before: () => Promise<void>): Promise<ConsumingApp> {
    const one = await ConsumingApp.start(guard, { ground: world.ground, topic, tuning, before });
    members.push(one);
    return one;
  }

  /** One message in each partition. */
  async function send(guard: string): Promise<Trial[]> {
    const trials = await world.trials(Array(PARTITIONS).fill(guard));
    const producer = kafka.producer();
    await producer.connect();
    const messages = trials.map(({ message }, partition) => ({
      partition,
      value: JSON.stringify(message),
      headers: { 'message-id': message.id },
    }));
    await producer.send({ topic, acks: -1, messages });
    await producer.disconnect();
    return trials;
  }

  async function committed(): Promise<number[]> {
    const [offsets] = await admin.fetchOffsets({ groupId: world.ground.space, topics: [topic] });
    return offsets!.partitions.map(({ offset }) => Math.max(0, Number(offset)));
  }

  /** The first member stands in its handlers when the second comes and is given one of their records. */
  async function taken(guard: string) {
    let running = 0;
    const first = await member(guard, () => {
      running++;
      return gate.passed;
    });
    const trials = await send(guard);
    await until('both handlers to run', () => running === PARTITIONS);
    const second = await member(guard, async () => undefined);
    await until('one partition each', () => first.partitions.length === 1 && second.partitions.length === 1);
    await until('the second to be told to wait', () => second.count('record-waiting') > 0);
    return { first, second, trials };
  }

  it.each(GUARDS)('29 rebalance-while-handler-runs: %s on kafka', async (guard) => {
    const { trials } = await taken(guard);
    expect(await committed()).toEqual([0, 0]);
    for (const trial of trials) expect(await trial.effects()).toBe(0);
    gate.open();
    await until('both offsets', async () => (await committed()).every((offset) => offset === 1));
    for (const trial of trials) expect(await trial.effects()).toBe(1);
  });

  it.each(['uniqueKey', 'setNx'])('30 wait-longer-than-session: %s on kafka', async (guard) => {
    const { first, second, trials } = await taken(guard);
    const assigned = [first.count('assigned'), second.count('assigned')];
    const asked = second.count('record-waiting');
    const begun = Date.now();
    await until('more than a session of waiting', () => Date.now() - begun > 1.2 * SESSION);
    expect(second.count('record-waiting')).toBeGreaterThan(asked);
    expect([first.count('assigned'), second.count('assigned')]).toEqual(assigned);
    expect(await committed()).toEqual([0, 0]);
    gate.open();
    await until('both offsets', async () => (await committed()).every((offset) => offset === 1));
    for (const trial of trials) expect(await trial.effects()).toBe(1);
  });
});
