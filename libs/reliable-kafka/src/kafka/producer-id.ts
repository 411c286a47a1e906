import type { CompressionTypes, Kafka, Message, Producer, RecordMetadata } from 'kafkajs';
import { partitionName } from '../contracts/index.js';
import type { BatchOutcome, PartitionBatch, Settle } from '../producer/index.js';
import { failureOf } from './producer-failure.js';
import type { Failure } from './producer-failure.js';
import { SendGuard } from './producer-guard.js';
import type { Patience } from './producer-patience.js';

/** Sequence numbers have 31 bits and kafkajs does not carry them over: an id ends long before. */
const RECORDS_PER_ID = 2 ** 30;

export interface ProducerIdOptions {
  readonly kafka: Kafka;
  readonly metadataMaxAge: number;
  /** Nothing is sent any more. */
  readonly stopped: AbortSignal;
  readonly compression: CompressionTypes | undefined;
}

/** Whoever follows a request that does not succeed at once. */
export interface Follower {
  /** Once: it will take longer. */
  troubled(): void;
  /** So many attempts for a batch have failed, and another follows. */
  retried(batch: PartitionBatch, attempts: number, error: Error): void;
}

type Attempt =
  | { readonly reports: ReadonlyMap<PartitionBatch, RecordMetadata> }
  | { readonly failure: Failure; readonly sent: boolean };

/**
 * One idempotent kafkajs producer, for one request at a time. kafkajs takes its sequence numbers back after every error, so an attempt may
 * only be followed by the same records of the same partition: then the broker recognizes what it has stored already. After the first
 * failure an id brings its request to an end, partition by partition, and is never used for another one.
 */
export class ProducerId {
  readonly #producer: Producer;
  #guard: SendGuard | undefined;
  #connected: Promise<void> | undefined;
  #carried = 0;
  #failed = false;

  constructor(private readonly options: ProducerIdOptions) {
    this.#producer = options.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: options.metadataMaxAge,
      retry: { retries: 1, initialRetryTime: 50 },
      createPartitioner: () => (args) => this.#guard!.partitionOf(args),
    });
  }

  get usable(): boolean {
    return !this.#failed && this.#carried < RECORDS_PER_ID;
  }

  /** Settles every batch, one by one or all together. Never rejects. */
  async carry(
    batches: readonly PartitionBatch[],
    settle: Settle,
    patience: Patience,
    follower: Follower,
  ): Promise<void> {
    const open = new Set(batches);
    const uncertain = new Set<PartitionBatch>();
    let attempts = 0;
    const attempt = async (group: readonly PartitionBatch[]) => {
      const result = await this.#attempt(group);
      const end = (batch: PartitionBatch, outcome: BatchOutcome) => {
        open.delete(batch);
        settle(batch, outcome);
      };
      if ('reports' in result) {
        for (const batch of group) end(batch, stored(result.reports.get(batch)!));
        return;
      }
      const { failure, sent } = result;
      if (group.length === 1 && (!failure.retriable || patience.exhausted(group[0]!.expires))) {
        end(group[0]!, notAcknowledged(failure, sent || uncertain.has(group[0]!), uncertain.has(group[0]!)));
      } else {
        if (sent) for (const batch of group) uncertain.add(batch);
        if (failure.retriable) for (const batch of group) follower.retried(batch, attempts, failure.error);
      }
      if (!this.#failed) {
        this.#failed = true;
        follower.troubled();
      }
    };

    if (batches.length > 1) {
      attempts = 1;
      await attempt(batches);
    }
    while (open.size > 0) {
      attempts += 1;
      for (const batch of open) await attempt([batch]);
      if (open.size > 0) await patience.pause();
    }
  }

  async disconnect(): Promise<void> {
    await this.#producer.disconnect();
  }

  async #attempt(batches: readonly PartitionBatch[]): Promise<Attempt> {
    const topicMessages = byTopic(batches);
    const guard = (this.#guard = new SendGuard(this.options.stopped, batches, topicMessages));
    try {
      await this.#connect();
      for (const { records } of batches) this.#carried += records.length;
      const { compression } = this.options;
      return {
        reports: matched(batches, await this.#producer.sendBatch({ topicMessages, acks: -1, compression })),
      };
    } catch (thrown) {
      return { failure: failureOf(thrown), sent: guard.sent };
    }
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#producer.connect().catch((error) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }
}

function byTopic(batches: readonly PartitionBatch[]): { topic: string; messages: Message[] }[] {
  const messages = new Map<string, Message[]>();
  for (const { topic, records } of batches) {
    const earlier = messages.get(topic);
    if (earlier) for (const record of records) earlier.push(record);
    else messages.set(topic, [...records]);
  }
  return [...messages].map(([topic, messages]) => ({ topic, messages }));
}

/** kafkajs resolves with what the brokers answered, which need not be all that was asked. */
function matched(
  batches: readonly PartitionBatch[],
  answers: readonly RecordMetadata[],
): ReadonlyMap<PartitionBatch, RecordMetadata> {
  const byName = new Map(answers.map((answer) => [partitionName(answer.topicName, answer.partition), answer]));
  return new Map(
    batches.map((batch) => {
      const answer = byName.get(partitionName(batch.topic, batch.partition));
      if (answer?.baseOffset === undefined)
        throw new Error(`No answer for ${partitionName(batch.topic, batch.partition)}`);
      return [batch, answer];
    }),
  );
}

function stored({ baseOffset, logAppendTime }: RecordMetadata): BatchOutcome {
  return {
    status: 'stored',
    baseOffset: BigInt(baseOffset!),
    appendTime: logAppendTime === undefined || logAppendTime === '-1' ? undefined : Number(logAppendTime),
  };
}

function notAcknowledged({ error, refusal, tooLarge }: Failure, sent: boolean, sentBefore: boolean): BatchOutcome {
  const refused = refusal === 'records' || (refusal === 'request' && !sentBefore);
  return { status: sent && !refused ? 'unknown' : 'not-stored', error, tooLarge };
}
