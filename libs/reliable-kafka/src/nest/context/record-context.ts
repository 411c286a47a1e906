import { KafkaContext } from '@nestjs/microservices';
import type { KafkaConsumer, KafkaMessage, KafkaProducer } from './kafka-types.js';
import type { ConsumedRecord } from '../../contracts/index.js';
import { MESSAGE_ID_HEADER } from '../../contracts/index.js';
import type { AttemptRun } from '../attempts/attempt-run.js';
import { ACKNOWLEDGE } from '../attempts/wish.js';
import { recordConsumer } from './record-consumer.js';

/** What the contexts of one handler have in common. */
export interface ContextSetting {
  readonly handler: string;
  /** Nest's view of a record: value, key and headers parsed. */
  readonly parse: (record: ConsumedRecord) => KafkaMessage;
  readonly producer: KafkaProducer;
}

/** What `ctx` answers to `getArgs()`: built when somebody asks. */
type Args = ReturnType<KafkaContext['getArgs']>;
const NO_ARGS = [] as unknown as Args;

/** The attempt behind a context of ours; `undefined` for anything else. */
export let runBehind: (context: unknown) => AttemptRun | undefined;

/**
 * What a handler gets as `@Ctx()`: Nest's `KafkaContext`, and what one attempt on one record is about. Made anew for each attempt.
 *
 * `acknowledge`, `release` and `reject` are wishes: the first one of an attempt counts, and the outcome is entered when the method's own
 * promise has settled. A method that throws after `acknowledge()` has failed.
 */
export class RecordContext extends KafkaContext {
  readonly #run: AttemptRun;
  readonly #setting: ContextSetting;
  #args: Args | undefined;

  static {
    runBehind = (context) => (context instanceof RecordContext ? context.#run : undefined);
  }

  /** @internal */
  constructor(run: AttemptRun, setting: ContextSetting) {
    super(NO_ARGS);
    this.#run = run;
    this.#setting = setting;
  }

  /** Which run of the handler on this record this is: 1 for the first. After a restart it may start again at 1. */
  get attempt(): number {
    return this.#run.attempt.attempt;
  }

  /** The `message-id` header: the same for every copy of the message. `undefined` when the producer sent none. */
  get messageId(): string | undefined {
    const id = this.#run.attempt.record.headers?.[MESSAGE_ID_HEADER];
    return id === undefined ? undefined : String(Array.isArray(id) ? id[0] : id);
  }

  /** Whether a guard took the claim over from an owner that had not completed it: nobody knows how far that one came. */
  get recovered(): boolean {
    return this.#run.claim?.recovered ?? false;
  }

  /** Of the claim: a later owner has a higher one, so that a receiver which compares it can refuse a late one. `undefined` where the guard has none. */
  get fencingToken(): bigint | undefined {
    return this.#run.claim?.fencingToken;
  }

  /** What the handler is ordered by; `undefined` where it is ordered by nothing. */
  get orderingKey(): string | undefined {
    return this.#run.attempt.orderingKey;
  }

  /** The handler's class and method. */
  get handler(): string {
    return this.#setting.handler;
  }

  /**
   * Aborts when the partition is lost, at the end of a drain, on shutdown, when the claim of a guard is lost, and when an interceptor (a timeout, say) gave the method up.
   * The method's lane stays taken until the method has ended: end soon.
   */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** The record is handled. Needed under `@CommitAfter('manual')`, where it may come after the method has returned. */
  acknowledge(): void {
    this.#run.want(ACKNOWLEDGE);
  }

  /** The record is to be tried again, `delay` milliseconds from now; after the usual backoff without it. Counts as an attempt. */
  release(delay?: number): void {
    if (delay !== undefined && !(Number.isFinite(delay) && delay >= 0)) {
      throw new RangeError(`ctx.release(${delay}): the delay is a number of milliseconds, 0 or more`);
    }
    this.#run.want({ kind: 'release', delay });
  }

  /** No further attempt can help: the record is terminal. */
  reject(reason: string): void {
    this.#run.want({ kind: 'reject', reason: String(reason) });
  }

  /** The record as Nest's parser gives it, parsed on first use. */
  override getMessage(): KafkaMessage {
    return this.getArgs()[0];
  }

  override getPartition(): number {
    return this.#run.attempt.record.partition;
  }

  override getTopic(): string {
    return this.#run.attempt.record.topic;
  }

  /** A facade: `commitOffsets` for this record acknowledges it, everything else throws with the remedy. */
  override getConsumer(): KafkaConsumer {
    return recordConsumer(this.#run.attempt.record, () => this.acknowledge());
  }

  /** Does nothing: heartbeats never depend on handlers here. */
  override getHeartbeat(): () => Promise<void> {
    return noHeartbeat;
  }

  /** kafkajs's `send` and `sendBatch`, as safe as `ReliableKafkaProducer.send`. */
  override getProducer(): KafkaProducer {
    return this.#setting.producer;
  }

  override getArgs(): Args {
    return (this.#args ??= [
      this.#setting.parse(this.#run.attempt.record),
      this.getPartition(),
      this.getTopic(),
      this.getConsumer(),
      this.getHeartbeat(),
      this.getProducer(),
    ]);
  }

  override getArgByIndex<T extends keyof Args>(index: T): Args[T] {
    return this.getArgs()[index];
  }
}

async function noHeartbeat(): Promise<void> {}
