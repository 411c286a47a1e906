import { setTimeout as wait } from 'node:timers/promises';
import type { KafkaConfig, Message, Producer, RecordMetadata, Transaction } from 'kafkajs';
import { Kafka } from 'kafkajs';
import type { FencedPublisher, OutgoingRecord, ReliableProducerOptions, TopicPartition } from '../contracts/index.js';
import { partitionName, RefusedBatchError, RefusedRecordsError } from '../contracts/index.js';
import { ProducerClosedError } from '../producer/index.js';
import { byTopic } from './by-topic.js';
import { failureOf } from './producer-failure.js';
import { SendGuard } from './producer-guard.js';
import { Sockets } from './producer-sockets.js';

/** Milliseconds after which the broker ends a transaction whose publisher is gone and has no successor: readers wait for its end. */
const TRANSACTION_TIMEOUT = 30_000;
/** Milliseconds between two looks at a transaction that the broker is still ending. */
const LOOK = 10;
/** Milliseconds for what is under way when it is closed. */
const LAST_BREATH = 5_000;

/** A record with its place. */
export interface Addressed extends OutgoingRecord {
  readonly partition: number;
  /** The broker that leads the partition. */
  readonly leader: number;
}

export interface FencedPublisherParts {
  readonly client: KafkaConfig;
  readonly producer: ReliableProducerOptions;
  address(records: readonly OutgoingRecord[]): Promise<readonly Addressed[]>;
  failed(topics: ReadonlySet<string>): void;
}

/**
 * One transactional kafkajs producer, for one transaction at a time and until the first failure. It does not abort what failed: a request that is
 * late could open the partition again behind the abort, and nobody would ever end it. The next one to open the name aborts it in a new epoch, where
 * brokers refuse whatever comes late.
 */
export class KafkaFencedPublisher implements FencedPublisher {
  readonly #sockets: Sockets;
  readonly #producer: Producer;
  /** By the first message of each topic in each request that is under way. */
  readonly #guards = new Map<Message, SendGuard>();
  readonly #closing = new AbortController();
  /** Begun, and known to nobody but this process until something is sent. */
  #transaction: Transaction | undefined;

  private constructor(
    name: string,
    private readonly parts: FencedPublisherParts,
  ) {
    const { client, producer } = parts;
    this.#sockets = new Sockets(client.socketFactory);
    const kafka = new Kafka({
      ...client,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, ...client.retry },
      socketFactory: this.#sockets.factory,
    });
    this.#producer = kafka.producer({
      transactionalId: name,
      transactionTimeout: producer.transactionTimeout ?? TRANSACTION_TIMEOUT,
      allowAutoTopicCreation: false,
      metadataMaxAge: producer.metadataMaxAge,
      // A request that kafkajs repeats while its answer may still come is stored twice.
      retry: { retries: 0 },
      createPartitioner: () => (args) => this.#guards.get(args.message)?.partitionOf(args) ?? args.message.partition!,
    });
  }

  static async open(name: string, parts: FencedPublisherParts): Promise<FencedPublisher> {
    const publisher = new KafkaFencedPublisher(name, parts);
    try {
      await publisher.#producer.connect();
      // kafkajs asks for the producer id, and with it for the end of all others of the name, when it begins its first transaction.
      publisher.#transaction = await publisher.#producer.transaction();
      return publisher;
    } catch (error) {
      await publisher.close();
      throw failureOf(error).error;
    }
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    if (!transaction) throw new ProducerClosedError();
    const requests = byLeader(await this.parts.address(records));
    try {
      // All of them, so that none is under way any more when this one has failed.
      const sent = await Promise.allSettled(requests.map((request) => this.#send(transaction, request)));
      for (const result of sent) if (result.status === 'rejected') throw result.reason;
      await transaction.commit();
      this.#transaction = await this.#producer.transaction();
    } catch (thrown) {
      this.parts.failed(new Set(records.map(({ topic }) => topic)));
      const { error, refusal } = failureOf(thrown);
      if (refusal !== 'records') throw error;
      if (records.length > 1) throw new RefusedBatchError({ cause: error });
      throw new RefusedRecordsError(new Map([[records[0]!, error]]));
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#transaction = undefined;
    const cut = setTimeout(() => this.#sockets.destroy(new ProducerClosedError()), LAST_BREATH);
    await this.#producer.disconnect().catch(() => undefined);
    clearTimeout(cut);
  }

  async #send(transaction: Transaction, addressed: readonly Addressed[]): Promise<void> {
    const topicMessages = byTopic(addressed).map(([topic, messages]) => ({ topic, messages: messages as Message[] }));
    const partitions = distinctPartitions(addressed);
    const guard = new SendGuard(this.#closing.signal, partitions, topicMessages);
    const guarded = topicMessages.map(({ messages }) => messages[0]!);
    for (const message of guarded) this.#guards.set(message, guard);
    const { compression } = this.parts.producer;
    try {
      for (;;) {
        try {
          checkAnswered(partitions, await transaction.sendBatch({ topicMessages, acks: -1, compression }));
          return;
        } catch (error) {
          // The one before it is still being ended: the partitions were not added, and nothing was sent.
          if (failureOf(error).type !== 'CONCURRENT_TRANSACTIONS' || this.#closing.signal.aborted) throw error;
          await wait(LOOK);
        }
      }
    } finally {
      for (const message of guarded) this.#guards.delete(message);
    }
  }
}

/** One request for each broker. */
function byLeader(addressed: readonly Addressed[]): readonly (readonly Addressed[])[] {
  const requests = new Map<number, Addressed[]>();
  for (const record of addressed) {
    const request = requests.get(record.leader);
    if (request) request.push(record);
    else requests.set(record.leader, [record]);
  }
  return [...requests.values()];
}

function distinctPartitions(addressed: readonly Addressed[]): readonly TopicPartition[] {
  return [...new Map(addressed.map((one) => [partitionName(one.topic, one.partition), one])).values()];
}

/** kafkajs resolves with what the brokers answered, which need not be all that was asked. */
function checkAnswered(asked: readonly TopicPartition[], answers: readonly RecordMetadata[]): void {
  const answered = new Set(answers.map(({ topicName, partition }) => partitionName(topicName, partition)));
  for (const { topic, partition } of asked)
    if (!answered.has(partitionName(topic, partition)))
      throw new Error(`No answer for ${partitionName(topic, partition)}`);
}
