import { Kafka } from 'kafkajs';
import type { FencedPublisher, FencedPublishers, OutgoingRecord } from '../contracts/index.js';
import { RefusedRecordsError } from '../contracts/index.js';
import { InvalidMessageError, Partitioning, UnknownTopicError } from '../producer/index.js';
import type { TopicLayout } from '../producer/index.js';
import type { Addressed } from './fenced-publisher.js';
import { KafkaFencedPublisher } from './fenced-publisher.js';
import { withLog } from './kafka-log.js';
import type { ProducerCoreOptions } from './producer-core.js';
import { quiet } from './producer-log.js';
import { Patience } from './producer-patience.js';
import { TopicLayouts } from './producer-topics.js';

const METADATA_MAX_AGE = 300_000;
/** Milliseconds for which a read of a topic's partitions is tried: whoever publishes tries again anyway. */
const LAYOUT_TIMEOUT = 10_000;
/** Milliseconds after which a topic that is not there is not going to be: one that was just created takes a while to be known everywhere. */
const UNKNOWN_FOR_GOOD = 10_000;

export type FencedPublishersOptions = Pick<ProducerCoreOptions, 'client' | 'producer' | 'topics' | 'log'>;

/** Connects nothing until it is used. Partitions are chosen as the producer of the same options chooses them. */
export function createFencedPublishers(options: FencedPublishersOptions): FencedPublishers {
  return new KafkaFencedPublishers(options);
}

class KafkaFencedPublishers implements FencedPublishers {
  /** Made when the first one is opened: most applications have no use for them. */
  #topics: { readonly layouts: TopicLayouts; readonly partitioning: Partitioning } | undefined;
  /** Since when a topic is asked for and is not there, in ms of this process's clock. */
  readonly #unknownSince = new Map<string, number>();

  constructor(private readonly options: FencedPublishersOptions) {}

  open(name: string): Promise<FencedPublisher> {
    const { client, producer = {}, log = console } = this.options;
    const { layouts } = (this.#topics ??= topicsOf(this.options));
    return KafkaFencedPublisher.open(name, {
      client: withLog(client, quiet(log)),
      producer,
      address: (records) => this.#address(records),
      // The leaders may have moved.
      failed: (topics) => topics.forEach((topic) => layouts.refresh(topic)),
    });
  }

  /** Throws `RefusedRecordsError` when a record can go nowhere. */
  async #address(records: readonly OutgoingRecord[]): Promise<readonly Addressed[]> {
    const layouts = new Map<string, TopicLayout | UnknownTopicError>();
    for (const topic of new Set(records.map(({ topic }) => topic))) layouts.set(topic, await this.#layoutOf(topic));
    const refused = new Map<OutgoingRecord, Error>();
    const addressed: Addressed[] = [];
    for (const record of records) {
      const layout = layouts.get(record.topic)!;
      if (layout instanceof Error) {
        refused.set(record, layout);
        continue;
      }
      try {
        const partition = this.#topics!.partitioning.choose(record.topic, layout, record);
        addressed.push({ ...record, partition, leader: layout.leaders[partition] ?? -1 });
      } catch (error) {
        if (!(error instanceof InvalidMessageError)) throw error;
        refused.set(record, error);
      }
    }
    if (refused.size > 0) throw new RefusedRecordsError(refused);
    return addressed;
  }

  /** Answers the error of a topic that is not there, and has not been for long enough. Throws it when it may still come. */
  async #layoutOf(topic: string): Promise<TopicLayout | UnknownTopicError> {
    try {
      const layout = await this.#topics!.layouts.of(topic);
      this.#unknownSince.delete(topic);
      return layout;
    } catch (error) {
      if (!(error instanceof UnknownTopicError)) throw error;
      const since = this.#unknownSince.get(topic) ?? performance.now();
      this.#unknownSince.set(topic, since);
      if (performance.now() - since < UNKNOWN_FOR_GOOD) throw error;
      return error;
    }
  }
}

function topicsOf({ client, producer = {}, topics = {}, log = console }: FencedPublishersOptions) {
  const layouts = new TopicLayouts({
    kafka: new Kafka(withLog(client, quiet(log))),
    maxAge: producer.metadataMaxAge ?? METADATA_MAX_AGE,
    timeout: LAYOUT_TIMEOUT,
    topics,
    autoCreate: producer.allowAutoTopicCreation ?? false,
    patience: () => new Patience(producer.retry, new AbortController().signal),
  });
  return { layouts, partitioning: new Partitioning(producer.partitioner) };
}
