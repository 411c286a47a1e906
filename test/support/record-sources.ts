import { EventEmitter, once } from 'node:events';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import type { RecordSource, ReliableKafkaEvent } from '../../libs/reliable-kafka/src/contracts/index.js';
import { createRecordSource, type RecordSourceOptions } from '../../libs/reliable-kafka/src/kafka/index.js';
import { StubListener } from './stub-listener.js';

export interface RunningSource {
  readonly source: RecordSource;
  readonly listener: StubListener;
  readonly events: ReliableKafkaEvent[];
  /** Waits for the first event of this type, of those that are meant. */
  event<T extends ReliableKafkaEvent['type']>(type: T, isMeant?: (event: Told<T>) => boolean): Promise<Told<T>>;
  readonly lines: Lines;
}

type Told<T extends ReliableKafkaEvent['type']> = Extract<ReliableKafkaEvent, { type: T }>;

export type SourceSettings = Partial<Omit<RecordSourceOptions, 'topics'>> &
  Pick<RecordSourceOptions, 'topics'> & { group?: string };

/** What was logged. */
export class Lines {
  private readonly all: string[] = [];
  private readonly bell = new EventEmitter();

  write(line: string): void {
    this.all.push(line);
    this.bell.emit('line');
  }

  /** Waits for a line that contains this text. */
  async until(text: string): Promise<void> {
    while (!this.all.some((line) => line.includes(text))) await once(this.bell, 'line');
  }

  toString(): string {
    return this.all.join('\n');
  }
}

/** Makes sources on one Kafka, with stub listeners, and stops all of them. */
export class RecordSources {
  private readonly made: RecordSource[] = [];
  private readonly others: { disconnect(): Promise<void> }[] = [];
  private readonly kafka: Kafka;

  constructor(private readonly brokers: string[]) {
    this.kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  }

  make({ group = 'g', ...settings }: SourceSettings): RunningSource {
    const events: ReliableKafkaEvent[] = [];
    const bell = new EventEmitter().setMaxListeners(0);
    const event: RunningSource['event'] = async (type, isMeant = () => true) => {
      const first = () => events.find((one): one is Told<typeof type> => one.type === type && isMeant(one as never));
      while (!first()) await once(bell, 'event');
      return first()!;
    };
    const lines = new Lines();
    const write = (line: string) => lines.write(line);
    const source = createRecordSource({
      log: { log: write, warn: write, error: write },
      emit: (told) => {
        events.push(told);
        bell.emit('event');
      },
      ...settings,
      client: { brokers: this.brokers, ...settings.client },
      consumer: {
        groupId: group,
        maxWaitTimeInMs: 50,
        heartbeatInterval: 300,
        sessionTimeout: 6_000,
        ...settings.consumer,
      },
    });
    this.made.push(source);
    return { source, listener: new StubListener(), events, event, lines };
  }

  async start(settings: SourceSettings): Promise<RunningSource> {
    const running = this.make(settings);
    await running.source.start(running.listener);
    return running;
  }

  async send(topic: string, values: readonly string[], partition = 0): Promise<void> {
    const producer = this.kafka.producer({ createPartitioner: () => () => partition });
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value, key: value, partition })) });
    await producer.disconnect();
  }

  async transaction(topic: string, values: readonly string[], end: 'commit' | 'abort'): Promise<void> {
    const producer = this.kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ value })) });
    await transaction[end]();
    await producer.disconnect();
  }

  /** A consumer of kafkajs as others use it, disconnected at the end. */
  consumer(groupId: string): Consumer {
    const consumer = this.kafka.consumer({
      groupId,
      maxWaitTimeInMs: 50,
      heartbeatInterval: 300,
      sessionTimeout: 6_000,
    });
    this.others.push(consumer);
    return consumer;
  }

  async admin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async committed(topic: string, group = 'g') {
    const [stored] = await this.admin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
    return stored!.partitions.map(({ offset, metadata }) => ({ offset, metadata }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.made.map((source) => source.stop()), ...this.others.map((other) => other.disconnect())]);
  }
}
