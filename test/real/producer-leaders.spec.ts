import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { createTopic } from '../support/create-topic.js';
import { size } from '../support/long.js';
import { byEnqueue, bySend, SendHistory, type Sending } from '../support/sendings.js';
import { realServices } from '../services/index.js';

const { brokers } = realServices().kafka;
const PARTITIONS = 6;
const NODES = [1, 2, 3];
const client = { brokers, logLevel: logLevel.NOTHING };

describe('sends while leaders move', () => {
  let admin: Admin;
  let sending: Sending | undefined;
  let topic: string;

  /** One replica each, so that a reassignment moves the leader; partitions that had one leader part and meet others. */
  const leadersOf = (round: number) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      partition,
      replicas: [NODES[(partition + (partition < 3 ? 1 : 2) * round) % 3]!],
    }));

  beforeEach(async () => {
    topic = `moving-${randomUUID()}`;
    admin = new Kafka({ ...client, retry: { initialRetryTime: 50, retries: 12 } }).admin();
    await admin.connect();
    const replicaAssignment = leadersOf(0);
    const configEntries = [{ name: 'min.insync.replicas', value: '1' }];
    await createTopic(admin, { topic, replicaAssignment, configEntries });
  });

  afterEach(async () => {
    await sending?.close();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });

  async function move(round: number): Promise<void> {
    await admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: leadersOf(round) }],
    });
    const settled = async () => {
      const { topics } = await admin.listPartitionReassignments({});
      return !topics.some(({ topic: name }) => name === topic);
    };
    while (!(await settled()));
  }

  it.each([
    ['send', bySend],
    ['enqueue', byEnqueue],
  ])(
    'stores every acknowledged one once, in the order of its partition, by %s',
    async (_, how) => {
      sending = await how(client, topic, Infinity);
      const history = new SendHistory(sending);
      const moved = new AbortController();
      let count = 0;
      const errors: unknown[] = [];
      const send = async () => {
        while (!moved.signal.aborted) {
          const id = count++;
          const notes = [0, 1, 2].map((i) => ({ partition: (id + i * 2) % PARTITIONS, id: `${id}.${i}` }));
          const error = await history.send(...notes);
          if (error) errors.push(error);
        }
      };
      const senders = Array.from({ length: 8 }, send);
      for (let round = 1; round <= size(12, 100); round++) await move(round);
      moved.abort();
      await Promise.all(senders);
      expect(errors).toEqual([]);
      expect(await history.judge(brokers, topic)).toMatchObject({
        lost: 0,
        duplicated: 0,
        reordered: 0,
        vacuous: false,
      });
    },
    300_000,
  );
});
