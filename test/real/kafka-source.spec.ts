import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { clusterOf } from '../../libs/reliable-kafka/src/kafka/assigners.js';
import { createRecordSource } from '../../libs/reliable-kafka/src/kafka/index.js';
import { HistoryChecker } from '../../libs/reliable-kafka/src/testing/index.js';
import { type BrokerId, type RealServices, realServices, services } from '../services/index.js';
import { KeyedMember, type Run } from '../support/keyed-member.js';
import { size } from '../support/long.js';

const PARTITIONS = 6;
const { kafka } = realServices();
const outside = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } });

let topic: string;
let groupId: string;
let checker: HistoryChecker;
let done: Set<string>;
let bell: EventEmitter;
let members: KeyedMember[];
let sent: number;

beforeEach(async () => {
  topic = `source-${randomUUID()}`;
  groupId = `group-${topic}`;
  checker = new HistoryChecker();
  done = new Set();
  bell = new EventEmitter().setMaxListeners(0);
  members = [];
  sent = 0;
  const admin = outside.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 3 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}, 30_000);

afterEach(async () => {
  await Promise.all(members.map(({ source }) => source.stop()));
  await Promise.all(members.map((member) => member.settled()));
}, 60_000);

/** Joins the group with another member of this process. */
async function join(name: string, { drains = true, work = 50, client = { brokers: kafka.brokers } as Client } = {}) {
  const witness = {
    started: ({ key, id }: Run) => checker.started(key, id, name),
    ended: ({ key, id }: Run) => {
      checker.ended(key, id, name);
      done.add(id);
      bell.emit('done');
    },
  };
  const member = new KeyedMember(witness, () => work * (1 + Math.random() * 5), drains);
  member.source = createRecordSource({
    client,
    consumer: { groupId, sessionTimeout: 6_000, heartbeatInterval: 500 },
    topics: [topic],
    drainTimeout: 5_000,
    emit: () => undefined,
    log: { log: () => undefined, warn: () => undefined, error: () => undefined },
  });
  members.push(member);
  await member.source.start(member);
  return member;
}
type Client = Parameters<typeof createRecordSource>[0]['client'];

/**
 * Sends so many records over 30 keys, each key to one partition. One partition at a time: when a leader falls, kafkajs's producer forgets
 * partitions that went over to a broker which has answered the same send already.
 */
async function send(count: number): Promise<void> {
  const producer = outside.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        Number(message.key) % PARTITIONS,
  });
  await producer.connect();
  const messages = Array.from({ length: count }, (_, i) => ({ key: `${i % 30}`, value: `${sent + i}` }));
  sent += count;
  for (const { key, value } of messages) checker.sent(key, value);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await producer.send({ topic, messages: messages.filter(({ key }) => Number(key) % PARTITIONS === partition) });
  }
  await producer.disconnect();
}

async function untilDone(count: number): Promise<void> {
  while (done.size < count) await once(bell, 'done');
}

const SOUND = { lost: 0, reordered: 0, overlapped: 0, vacuous: false };

describe('members that come and go', () => {
  it('never run two records of a key at the same time, and lose and reorder none', async () => {
    const count = size(600, 6_000);
    await send(count);
    const first = await join('first');
    await untilDone(count * 0.1);
    const second = await join('second');
    await untilDone(count * 0.3);
    await join('third');
    await untilDone(count * 0.5);
    await first.source.stop();
    await untilDone(count * 0.7);
    await second.source.stop();
    await join('fourth');
    await untilDone(count);
    expect(checker.check()).toMatchObject(SOUND);
  }, 240_000);

  describe('with work that takes longer than a rebalance', () => {
    const handOver = async (drains: boolean) => {
      await send(120);
      await join('first', { drains, work: 600 });
      await untilDone(10);
      const second = await join('second', { drains, work: 600 });
      await second.assignedTimes(1);
      await untilDone(90);
      return checker.check().overlapped;
    };

    it('wait for it', async () => {
      expect(await handOver(true)).toBe(0);
    }, 120_000);

    it('would be caught if they did not: the control', async () => {
      expect(await handOver(false)).toBeGreaterThan(0);
    }, 120_000);
  });

  it('do so over SASL and TLS as well', async () => {
    const { brokers, ssl, sasl } = kafka.secure as RealServices['kafka']['secure'];
    await send(300);
    await join('first', { client: { brokers, ssl, sasl } });
    await untilDone(50);
    await join('second', { client: { brokers, ssl, sasl } });
    await untilDone(300);
    expect(checker.check()).toMatchObject(SOUND);
  }, 120_000);
});

describe('a broker that is killed', () => {
  it('costs no record and no order, though it led partitions and the group', async () => {
    const count = size(600, 3_000);
    await send(count / 2);
    await join('first');
    await join('second');
    await untilDone(count / 6);
    const coordinator = await coordinatorOf(groupId);
    await services.killBroker(coordinator);
    try {
      await send(count / 2);
      await untilDone(count);
    } finally {
      await services.startBroker(coordinator);
    }
    expect(checker.check()).toMatchObject(SOUND);
  }, 300_000);
});

async function coordinatorOf(group: string): Promise<BrokerId> {
  const cluster = clusterOf(outside, group);
  await cluster.connect();
  await cluster.refreshMetadata();
  const found: unknown = await cluster.findGroupCoordinatorMetadata({ groupId: group });
  await cluster.disconnect();
  return (found as { coordinator: { nodeId: BrokerId } }).coordinator.nodeId;
}

describe('a member that stands still for longer than its session', () => {
  let child: ChildProcess | undefined;

  afterEach(() => {
    child?.kill('SIGCONT');
    child?.kill('SIGKILL');
  });

  it('starts nothing of what it had, once it wakes, before it is assigned anew', async () => {
    await send(600);
    const lines: string[] = [];
    child = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/support/member-process.ts', kafka.brokers.join(','), topic, groupId],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    createInterface({ input: child.stdout! }).on('line', (line) => {
      lines.push(line);
      bell.emit('line');
    });
    const told = async (condition: () => boolean) => {
      while (!condition()) await once(bell, 'line');
    };
    await told(() => lines.filter((line) => line.startsWith('started')).length > 30);
    const other = await join('other');
    await other.assignedTimes(1);
    await told(() => lines.filter((line) => line === 'assigned').length === 2);
    await told(() => lines.lastIndexOf('assigned') < lines.length - 5);

    child.kill('SIGUSR2');
    await other.assignedAll(PARTITIONS);
    const before = lines.length;
    child.kill('SIGCONT');
    await told(() => lines.slice(before).includes('assigned'));
    const awake = lines.slice(before);
    const meanwhile = awake.slice(0, awake.indexOf('assigned'));
    expect(meanwhile.filter((line) => line.startsWith('started'))).toEqual([]);
    expect(meanwhile).toContain('lease false');
  }, 120_000);
});
