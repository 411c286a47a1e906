import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel, type Consumer, type ConsumerConfig, type ProducerConfig } from 'kafkajs';
import { apis, errors, type ReadOf } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchesIn, type SeenBatch } from './batch.js';
import { RawClient } from './raw-client.js';

const PATIENCE_MS = 30_000;
const GROUP = 0;
const TRANSACTION = 1;

type Client = { connect(): Promise<void>; disconnect(): Promise<void> };

/** What the suite runs against. */
export interface Subject {
  readonly brokers: string[];
  /** The shortest session that the broker grants to a member of a group. */
  readonly shortestSessionMs: number;
}

/** One run of the suite against one Kafka: fresh names, clients, and raw connections to whoever leads. */
export class Cluster {
  readonly kafka: Kafka;
  private readonly clients: Client[] = [];
  private readonly connections: RawClient[] = [];

  constructor(readonly subject: Subject) {
    const retry = { initialRetryTime: 50, retries: 12 };
    this.kafka = new Kafka({ brokers: subject.brokers, logLevel: logLevel.NOTHING, retry });
  }

  name(what: string): string {
    return `${what}-${randomUUID()}`;
  }

  async admin() {
    return this.connected(this.kafka.admin());
  }

  async producer(config: ProducerConfig = {}) {
    return this.connected(this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config }));
  }

  async consumer(config: ConsumerConfig): Promise<Consumer> {
    return this.connected(this.kafka.consumer({ maxWaitTimeInMs: 100, ...config }));
  }

  /** A topic that every broker knows of and leads. */
  async topic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const topic = this.name('topic');
    const client = await this.raw();
    const { topics } = await client.call(apis.createTopics, 4, {
      topics: [
        {
          name: topic,
          numPartitions: partitions,
          replicationFactor: -1,
          assignments: [],
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
      timeoutMs: 10_000,
      validateOnly: false,
    });
    if (topics[0]!.errorCode !== errors.NONE) throw new Error(`${topic}: ${topics[0]!.errorMessage}`);
    await this.everywhere(topic, partitions);
    return topic;
  }

  /** Resolves when each broker lists so many partitions of the topic, with leaders. */
  async everywhere(topic: string, partitions: number): Promise<void> {
    for (const address of this.subject.brokers) {
      const client = await this.raw(address);
      await eventually(async () => {
        const { topics } = await client.call(apis.metadata, 7, {
          topics: [{ name: topic }],
          allowAutoTopicCreation: false,
        });
        const led = topics[0]!.partitions.filter(({ leaderId }) => leaderId >= 0);
        if (led.length !== partitions) throw new Error(`${topic} has ${led.length} of ${partitions} leaders`);
      });
      client.end();
    }
  }

  /** A connection to any broker, or to that one. */
  async raw(address = this.subject.brokers[0]!, clientId?: string): Promise<RawClient> {
    const client = await RawClient.connect(address, clientId);
    this.connections.push(client);
    return client;
  }

  /** A connection to the leader of a partition. */
  async leader(topic: string, partition = 0): Promise<RawClient> {
    const any = await this.raw();
    const { brokers, topics } = await any.call(apis.metadata, 7, { topics: [{ name: topic }] });
    const { leaderId } = topics[0]!.partitions.find(({ partitionIndex }) => partitionIndex === partition)!;
    const { host, port } = brokers.find(({ nodeId }) => nodeId === leaderId)!;
    return this.raw(`${host}:${port}`);
  }

  /** The partitions that the leader of the first one leads. */
  async ledTogether(topic: string): Promise<number[]> {
    const { topics } = await (await this.raw()).call(apis.metadata, 7, { topics: [{ name: topic }] });
    const inOrder = topics[0]!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    return inOrder.filter((one) => one.leaderId === inOrder[0]!.leaderId).map((one) => one.partitionIndex);
  }

  groupCoordinator(group: string): Promise<RawClient> {
    return this.coordinator(group, GROUP);
  }

  transactionCoordinator(transactionalId: string): Promise<RawClient> {
    return this.coordinator(transactionalId, TRANSACTION);
  }

  /** All that a reader can have from `offset` on at once. */
  async fetch(client: RawClient, topic: string, offset: number, isolationLevel = 0) {
    const { topics } = await client.call(apis.fetch, 11, fetchOf(topic, offset, { isolationLevel }));
    const partition = topics[0]!.partitions[0]!;
    return { ...partition, batches: batchesIn(partition.records) satisfies SeenBatch[] };
  }

  async produce(client: RawClient, topic: string, batch: Buffer, transactionalId: string | null = null) {
    const { topics } = await client.call(apis.produce, 7, {
      transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topics: [{ name: topic, partitions: [{ index: 0, records: [batch] }] }],
    });
    return topics[0]!.partitions[0]!;
  }

  /** A round trip, after which what was sent before on other connections to that broker has arrived as well. */
  async roundTrip(client: RawClient): Promise<void> {
    await client.call(apis.metadata, 8, { topics: [] });
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.end();
    await Promise.all(this.clients.map((client) => client.disconnect()));
  }

  private async coordinator(key: string, keyType: number): Promise<RawClient> {
    const any = await this.raw();
    const { host, port } = await eventually(async () => {
      const found = await any.call(apis.findCoordinator, 2, { key, keyType });
      if (found.errorCode !== errors.NONE) throw new Error(`no coordinator of ${key}: ${found.errorCode}`);
      return found;
    });
    any.end();
    return this.raw(`${host}:${port}`);
  }

  private async connected<C extends Client>(client: C): Promise<C> {
    this.clients.push(client);
    await client.connect();
    return client;
  }
}

/** A fetch of the first partition of a topic. */
export function fetchOf(
  topic: string,
  fetchOffset: number,
  more: {
    isolationLevel?: number;
    maxWaitMs?: number;
    minBytes?: number;
    maxBytes?: number;
    partitionMaxBytes?: number;
  } = {},
) {
  const { isolationLevel = 0, maxWaitMs = 0, minBytes = 1, maxBytes = 50_000_000 } = more;
  const { partitionMaxBytes = 10_000_000 } = more;
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes }];
  return { replicaId: -1, maxWaitMs, minBytes, maxBytes, isolationLevel, topics: [{ topic, partitions }] };
}

export type FetchAnswer = ReadOf<typeof apis.fetch.response>;

/** What a cluster needs a moment for: a new leader, a coordinator that loads. Gives the last error when it takes too long. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      await pause(50);
    }
  }
}
