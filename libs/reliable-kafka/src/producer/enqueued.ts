import type { EmitEvent, EncodedRecord } from '../contracts/index.js';
import type { BatchOutcome } from './batch.js';
import { messageResult } from './delivery.js';
import type { Addressee } from './delivery.js';
import { DeliveryError } from './errors.js';
import type { MessageResult } from './errors.js';
import { FlushLine } from './flush-line.js';
import type { Stretch } from './flush-line.js';
import type { Room } from './room.js';

/**
 * Told once what became of an enqueued message, in the order in which the messages of a partition were stored. What it throws, or rejects with, is told
 * as the event `callback-failed` and changes nothing.
 */
export type OnDelivery = (result: MessageResult) => void | Promise<void>;

/** Messages for whose outcome no caller waits: it is told to their callbacks, to the flushes and, where they fail, as an event. */
export class Enqueued {
  readonly #line = new FlushLine();
  /** By topic: what has failed in this turn, to be told together. */
  readonly #failures = new Map<string, { readonly results: MessageResult[]; unheard: boolean }>();

  constructor(
    private readonly room: Room,
    private readonly emit: EmitEvent,
  ) {}

  /** A message was handed over, and has no place in the buffer yet. */
  begin(topic: string, onDelivery: OnDelivery | undefined): EnqueuedMessage {
    return new EnqueuedMessage(topic, onDelivery, this.#line.enter(), this);
  }

  get flushing(): boolean {
    return this.#line.flushing;
  }

  flush(): ReturnType<FlushLine['flush']> {
    return this.#line.flush();
  }

  left(bytes: number): void {
    this.room.release(bytes);
  }

  failed(topic: string, result: MessageResult, unheard: boolean): void {
    if (this.#failures.size === 0) queueMicrotask(() => this.#tellFailures());
    const failures = this.#failures.get(topic);
    if (!failures) this.#failures.set(topic, { results: [result], unheard });
    else {
      failures.results.push(result);
      failures.unheard ||= unheard;
    }
  }

  call(onDelivery: OnDelivery, topic: string, result: MessageResult): void {
    const failed = (error: unknown) => this.emit({ type: 'callback-failed', topic, id: result.id, error });
    try {
      const called: unknown = onDelivery(result);
      if (called instanceof Promise) called.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #tellFailures(): void {
    const failures = [...this.#failures];
    this.#failures.clear();
    for (const [topic, { results, unheard }] of failures) {
      this.emit({ type: 'send-failed', topic, error: new DeliveryError(topic, results), unheard });
    }
  }
}

export class EnqueuedMessage implements Addressee {
  #bytes = 0;

  constructor(
    private readonly topic: string,
    private readonly onDelivery: OnDelivery | undefined,
    private readonly stretch: Stretch,
    private readonly all: Enqueued,
  ) {}

  /** It has its place in the buffer. */
  accepted(bytes: number): void {
    this.#bytes = bytes;
  }

  /** It never got one, and its sender knows. */
  refused(): void {
    this.stretch.leave();
  }

  settle(_index: number, record: EncodedRecord, outcome: BatchOutcome, position: number): void {
    const { topic, onDelivery, stretch, all } = this;
    if (onDelivery || outcome.status !== 'stored') {
      const result = messageResult(topic, record, outcome, position);
      if (result.status !== 'stored') all.failed(topic, result, !onDelivery);
      if (onDelivery) all.call(onDelivery, topic, result);
    }
    if (outcome.status !== 'stored' && !onDelivery) stretch.fail(outcome.error);
    else stretch.leave();
    all.left(this.#bytes);
  }
}
