import type { Consumer, ConsumerConfig, EachBatchPayload } from 'kafkajs';
import { pauseBefore } from './retrying.js';

type Retry = ConsumerConfig['retry'];

export interface RunEvents {
  /** Lets go of what is left of the run before: kafkajs cannot leave a group whose coordinator is away. */
  depart(): Promise<void>;
  /** What to consume, asked before each run. */
  topics(): Promise<readonly string[]>;
  /** Makes kafkajs's consumer for one run. */
  create(retry: Retry): Consumer;
  /** Everything that was fetched comes through here. A throw ends the run, and the next one begins from what was committed. */
  batch(payload: EachBatchPayload): void;
  crashed(error: unknown, restarting: boolean): void;
}

/**
 * Keeps a consumer of kafkajs running until it is ended. Each run has a consumer of its own: kafkajs's restarts itself after some errors
 * only, with the topics of old, and even after it was told to disconnect; so it may not, and all restarts are made here.
 */
export class ConsumerRun {
  private current: Consumer | undefined;
  private failures = 0;
  private refused = false;
  private ended = false;
  private timer: NodeJS.Timeout | undefined;
  private entering: Promise<void> | undefined;

  constructor(
    private readonly events: RunEvents,
    private readonly retry: Retry,
  ) {}

  get consumer(): Consumer | undefined {
    return this.current;
  }

  /** Joins the group, after having left it if need be, with the topics of now. Resolves when it is being joined; goes on trying by itself when that fails. */
  enter(): Promise<void> {
    return (this.entering ??= this.leaveAndBegin().finally(() => (this.entering = undefined)));
  }

  private async leaveAndBegin(): Promise<void> {
    clearTimeout(this.timer);
    const consumer = this.current;
    this.current = undefined;
    try {
      await consumer?.disconnect();
      await this.events.depart();
      if (!this.ended) await this.begin();
    } catch (error) {
      this.crashed(error);
    }
  }

  /** Leaves the group and disconnects, however long kafkajs takes. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await Promise.all([this.entering, this.current?.disconnect()]);
  }

  private async begin(): Promise<void> {
    const topics = await this.events.topics();
    if (this.ended) return;
    const consumer = this.events.create({ ...this.retry, restartOnFailure: (error) => this.askUser(error) });
    this.current = consumer;
    consumer.on('consumer.group_join', () => void (this.failures = 0));
    consumer.on('consumer.crash', ({ payload }) => {
      if (consumer === this.current) this.crashed(payload.error);
    });
    await consumer.connect();
    // Always from the beginning: where a group really starts is decided, and committed, before its first fetch.
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (this.ended) return;
    // Resolves after the first join, which may be held: not waited for.
    consumer
      .run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async (payload) => this.events.batch(payload) })
      .catch((error: unknown) => this.crashed(error));
  }

  private crashed(error: unknown): void {
    if (this.ended) return;
    this.events.crashed(error, !this.refused);
    if (this.refused) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.enter(), pauseBefore(++this.failures));
  }

  /** A user's `restartOnFailure` has its say, and its no stands; to kafkajs the answer is always no. */
  private async askUser(error: Error): Promise<boolean> {
    const agreed = await this.retry?.restartOnFailure?.(error).catch(() => true);
    this.refused = agreed === false;
    return false;
  }
}
