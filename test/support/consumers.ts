import { Kafka, logLevel } from 'kafkajs';
import type {
  Attempt,
  AttemptResult,
  HandlerBinding,
  ReliableKafkaEvent,
  RuntimeOptions,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { DEFAULT_COMMIT_POLICY, HANDLED } from '../../libs/reliable-kafka/src/contracts/index.js';
import { ConsumerRuntime } from '../../libs/reliable-kafka/src/consumer/index.js';
import type { ConsumerRuntimeOptions } from '../../libs/reliable-kafka/src/consumer/index.js';

export const silent = { log() {}, warn() {}, error() {} };

export interface Value {
  readonly key: string;
  readonly id: string;
}

/** A handler as the consumer sees it, without Nest: JSON values, ordered by `key`. */
export function binding(
  run: (attempt: Attempt & { payload: Value }) => Promise<AttemptResult | void>,
  more: Partial<HandlerBinding> = {},
): HandlerBinding {
  return {
    topic: 'work',
    name: '',
    label: 'Test.handle',
    orderedBy: 'key',
    commit: DEFAULT_COMMIT_POLICY,
    invoke: async (attempt) => {
      try {
        return (await run(attempt as Attempt & { payload: Value })) ?? HANDLED;
      } catch (error) {
        return { kind: 'failed', error };
      }
    },
    ...more,
  };
}

export interface TestConsumer {
  readonly runtime: ConsumerRuntime;
  readonly events: ReliableKafkaEvent[];
  /** Resolves with the first event of the type, past or future, that fits. */
  event<T extends ReliableKafkaEvent['type']>(
    type: T,
    fits?: (event: Extract<ReliableKafkaEvent, { type: T }>) => boolean,
  ): Promise<Extract<ReliableKafkaEvent, { type: T }>>;
}

export function consumer(
  brokers: string[],
  bindings: HandlerBinding[],
  options: Partial<RuntimeOptions> = {},
  more: Pick<ConsumerRuntimeOptions, 'deadLetters' | 'probes'> = {},
): TestConsumer {
  const events: ReliableKafkaEvent[] = [];
  const waiting = new Set<(event: ReliableKafkaEvent) => void>();
  const runtime = new ConsumerRuntime({
    options: {
      client: { brokers, logLevel: logLevel.NOTHING },
      ...options,
      consumer: { groupId: 'group', ...options.consumer },
    },
    bindings,
    decode: (record) => (record.value === null ? null : JSON.parse(record.value.toString())),
    emit: (event) => {
      events.push(event);
      for (const look of waiting) look(event);
    },
    log: silent,
    ...more,
  });
  return {
    runtime,
    events,
    event: (type, fits = () => true) =>
      new Promise((resolve) => {
        const look = (event: ReliableKafkaEvent) => {
          if (event.type !== type || !fits(event as never)) return;
          waiting.delete(look);
          resolve(event as never);
        };
        waiting.add(look);
        for (const event of events) look(event);
      }),
  };
}

/** Sends values keyed by their `key`, in order. */
export async function send(
  brokers: string[],
  topic: string,
  values: readonly Value[],
  partition?: number,
): Promise<void> {
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: values.map((value) => ({ key: value.key, value: JSON.stringify(value), partition })),
  });
  await producer.disconnect();
}

/** `count` values over `keys` keys, ids in order per key. */
export function values(count: number, keys: number): Value[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k${i % keys}`, id: `k${i % keys}#${Math.floor(i / keys)}` }));
}

/** A promise and the means to resolve it. */
export function barrier<T = void>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
