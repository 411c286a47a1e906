import type { ConsumerStats, HealthReport, HealthTeller } from '../contracts/index.js';
import { ReliableKafkaError } from '../contracts/index.js';
import type { ConsumerRuntime, SeekTarget } from '../consumer/index.js';
import type { Consumption } from './lifecycle/index.js';

/** What an operator may do with the consumer of this process. Everything but `stats` and `health` throws before the consumer has started. */
export class ConsumerControl implements HealthTeller {
  /** @internal */
  constructor(
    private readonly consumption: Consumption,
    private readonly concurrency = 256,
    private readonly look: () => HealthReport,
  ) {}

  /**
   * Neither fetches nor starts records: of the topic's partitions, of the topic, or of everything. Running attempts go on. Holds for partitions that
   * are assigned to this process later, too, until `resume`; other processes of the group are not paused.
   */
  pause(topic?: string, partitions?: number[]): void {
    this.runtime.pause(topic, partitions);
  }

  /** Takes back a `pause`, and nothing else that pauses. */
  resume(topic?: string, partitions?: number[]): void {
    this.runtime.resume(topic, partitions);
  }

  /**
   * Ends what runs, moves partitions that are owned here to an offset, or to the first record at or after a time (ms since the epoch), and commits it.
   * Rejects when this process owns none of them: seek where they are owned.
   */
  async seek(target: SeekTarget): Promise<void> {
    await this.runtime.seek(target);
  }

  /** Handlers in flight in this process, from now on. Throws a `RangeError` for anything but whole numbers of at least 1. */
  setConcurrency(concurrency: number): void {
    this.runtime.setConcurrency(concurrency);
  }

  /** Waits until the attempts that run now have ended (up to `drainTimeout`), starting none meanwhile; commits; goes on. */
  async drain(): Promise<void> {
    await this.runtime.settleRunning();
  }

  /** Resolves when nothing is buffered or in flight here. Records may come a moment later. */
  async idle(): Promise<void> {
    await this.runtime.idle();
  }

  stats(): ConsumerStats {
    const { runtime } = this.consumption;
    if (runtime) return runtime.stats();
    return { state: 'stopped', concurrency: this.concurrency, inFlight: 0, buffered: 0, partitions: [] };
  }

  /**
   * How the consumer is, and the producer beside it, at this moment: `red` when nothing is consumed, or some partition stands still; `yellow` when all goes on
   * and somebody should look. Reasons come with a remedy and go when their cause is over: nothing must be reset. Works before the start and after the stop;
   * asks nobody, so that it costs little and never waits. Of this process only: others of the group have their own.
   *
   * A change of the status is told as the event `health-changed` and in the log. Red is no reason to restart the process: see docs/health.md.
   */
  health(): HealthReport {
    return this.look();
  }

  private get runtime(): ConsumerRuntime {
    const { runtime } = this.consumption;
    if (runtime) return runtime;
    throw new ReliableKafkaError(
      'The consumer has not started: connect the ReliableKafkaServer, and wait for startAllMicroservices() and app.listen()',
    );
  }
}
