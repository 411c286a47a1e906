import type { TopicPartition } from './topic-partition.js';

/** What the producer tells. */
export type ProducerEvent =
  /**
   * Messages to a topic were not acknowledged, after all attempts; `error` is a `DeliveryError` with what became of each. `unheard`: at least one of
   * them was enqueued without a callback, so that nobody else is told.
   */
  | { readonly type: 'send-failed'; readonly topic: string; readonly error: unknown; readonly unheard: boolean }
  /** An attempt for a partition failed (1: the first), and another one follows. Told at most once in ten seconds for each partition. */
  | ({
      readonly type: 'send-retried';
      readonly records: number;
      readonly attempt: number;
      readonly error: unknown;
    } & TopicPartition)
  /** `enqueue` waits: so much is buffered without an outcome (the option `producer.maxBuffered`). Told at most once in ten seconds. */
  | { readonly type: 'send-buffer-full'; readonly topic: string; readonly records: number; readonly bytes: number }
  /** An `onDelivery` threw, or rejected. The message had its outcome before that. */
  | {
      readonly type: 'callback-failed';
      readonly topic: string;
      readonly id: string | undefined;
      readonly error: unknown;
    };
