import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const NANOSECONDS = 1e6;

export interface PulseOptions {
  readonly heartbeatInterval: number;
  /** Heartbeats when one is due. */
  beat(): void;
  /** The event loop stood still for so many milliseconds, and every heartbeat with it. */
  delayed(ms: number): void;
}

/** Our own heartbeat timer: kafkajs beats between fetches only, and not at all while a request is held. */
export class Pulse {
  private timer: NodeJS.Timeout | undefined;
  private loop: IntervalHistogram | undefined;

  constructor(private readonly options: PulseOptions) {}

  start(): void {
    this.loop = monitorEventLoopDelay({ resolution: 20 });
    this.loop.enable();
    this.timer = setInterval(() => this.tick(), Math.min(1_000, this.options.heartbeatInterval / 3));
  }

  stop(): void {
    clearInterval(this.timer);
    this.loop?.disable();
  }

  private tick(): void {
    this.tellDelay();
    this.options.beat();
  }

  private tellDelay(): void {
    const ms = Math.round((this.loop?.max ?? 0) / NANOSECONDS);
    if (ms <= this.options.heartbeatInterval / 3) return;
    this.options.delayed(ms);
    // Only then: with each reset the histogram misses the interval that is running.
    this.loop?.reset();
  }
}
