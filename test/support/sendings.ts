import { type Admin, Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { createProducerCore } from '../../libs/reliable-kafka/src/kafka/index.js';
import { ReliableKafkaProducer } from '../../libs/reliable-kafka/src/nest/producer/index.js';
import { DeliveryError, type MessageResult } from '../../libs/reliable-kafka/src/producer/index.js';
import { HistoryChecker, type HistoryReport } from '../../libs/reliable-kafka/src/testing/index.js';

export interface Note {
  /** Where it goes, and its ordering key. */
  readonly partition: number;
  readonly id: string;
  /** Bytes to add to its value. */
  readonly ballast?: number;
}

/** Something that sends notes to one topic: our producer, or kafkajs's own as the control. */
export interface Sending {
  send(...notes: Note[]): Promise<void>;
  close(): Promise<void>;
}

export type StartSending = (client: KafkaConfig, topic: string, retries: number) => Promise<Sending>;

const text = ({ id, ballast = 0 }: Note) => id + ' '.repeat(ballast);

const message = (note: Note) => ({ value: text(note), partition: note.partition, id: note.id });

function ourProducer(client: KafkaConfig, retries: number): ReliableKafkaProducer {
  return new ReliableKafkaProducer(
    createProducerCore({ client, producer: { retry: { retries, initialRetryTime: 20 } } }),
  );
}

export const bySend: StartSending = async (client, topic, retries) => {
  const producer = ourProducer(client, retries);
  return {
    send: async (...notes) => {
      await producer.send(topic, notes.map(message));
    },
    close: () => producer.close(1_000),
  };
};

/** Enqueues the notes one by one; acknowledged are those whose callbacks say so. */
export const byEnqueue: StartSending = async (client, topic, retries) => {
  const producer = ourProducer(client, retries);
  const result = (note: Note) =>
    new Promise<MessageResult>((told, refused) => producer.enqueue(topic, message(note), told).catch(refused));
  return {
    send: async (...notes) => {
      const results = await Promise.all(notes.map(result));
      if (results.some(({ status }) => status !== 'stored')) throw new DeliveryError(topic, results);
    },
    close: () => producer.close(1_000),
  };
};

/** The idempotent producer of kafkajs, told to be just as patient. */
export const withKafkajs: StartSending = async (client, topic, retries) => {
  const producer = new Kafka(client).producer({
    idempotent: true,
    retry: { retries, initialRetryTime: 20 },
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  });
  await producer.connect();
  return {
    send: async (...notes) => {
      await producer.send({
        topic,
        messages: notes.map((note) => ({ value: text(note), partition: note.partition })),
      });
    },
    close: () => producer.disconnect(),
  };
};

/** A broker that has not heard yet of a leader that has just moved names the one before, which refuses: then it is asked again. */
async function endsOf(kafka: Kafka, topic: string): Promise<Awaited<ReturnType<Admin['fetchTopicOffsets']>>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await admin.fetchTopicOffsets(topic);
  } catch (error) {
    if ((error as { type?: string }).type !== 'NOT_LEADER_FOR_PARTITION') throw error;
  } finally {
    await admin.disconnect();
  }
  return endsOf(kafka, topic);
}

/** What is in the topic, per partition, in order. */
export async function stored(brokers: string[], topic: string): Promise<Map<number, string[]>> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const ends = await endsOf(kafka, topic);
  const ids = new Map<number, string[]>(ends.map(({ partition }) => [partition, []]));
  const behind = new Set(ends.filter(({ high, low }) => high !== low).map(({ partition }) => partition));
  if (behind.size === 0) return ids;

  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          ids.get(partition)!.push(String(message.value).trim());
          if (BigInt(message.offset) + 1n >= BigInt(ends.find((end) => end.partition === partition)!.high)) {
            behind.delete(partition);
          }
          if (behind.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return ids;
}

/** Sends, remembers what was acknowledged, and judges it by what is stored. */
export class SendHistory {
  /** In the order of the calls. */
  readonly #sends: { readonly notes: readonly Note[]; acknowledged: boolean }[] = [];

  constructor(private readonly sending: Sending) {}

  /** Resolves with the error of a send that was rejected. */
  async send(...notes: Note[]): Promise<unknown> {
    const send = { notes, acknowledged: false };
    this.#sends.push(send);
    try {
      await this.sending.send(...notes);
    } catch (error) {
      return error;
    }
    send.acknowledged = true;
    return undefined;
  }

  /** Whether what was acknowledged is stored once and in order. What was rejected may be there or not. */
  async judge(brokers: string[], topic: string): Promise<HistoryReport> {
    const checker = new HistoryChecker();
    const acknowledged = this.#sends.filter((send) => send.acknowledged).flatMap(({ notes }) => notes);
    for (const { partition, id } of acknowledged) checker.sent(String(partition), id);
    for (const [partition, ids] of await stored(brokers, topic)) {
      for (const id of ids) {
        checker.started(String(partition), id, 'log');
        checker.ended(String(partition), id, 'log');
      }
    }
    return checker.check();
  }
}
