export interface PulseOptions {
  readonly heartbeatInterval: number;
  readonly now: () => number;
  /** Heartbeats when one is due. */
  beat(): void;
  /** The event loop stood still, and made the pulse so many milliseconds late. */
  delayed(ms: number): void;
}

/**
 * Our own heartbeat timer: kafkajs beats between fetches only, and not at all while a request is held. How late it comes is told when that is
 * more than a third of the heartbeat interval. Its own lateness is what is measured: it sees every delay from the start on, while the
 * histogram of `monitorEventLoopDelay` misses the one that runs when it is enabled or reset.
 */
export class Pulse {
  private readonly interval: number;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;

  constructor(private readonly options: PulseOptions) {
    this.interval = Math.min(1_000, options.heartbeatInterval / 3);
  }

  start(): void {
    this.due = this.options.now() + this.interval;
    this.timer = setInterval(() => this.tick(), this.interval);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const { now, delayed, heartbeatInterval, beat } = this.options;
    const late = now() - this.due;
    if (late > heartbeatInterval / 3) delayed(Math.round(late));
    this.due = now() + this.interval;
    beat();
  }
}
