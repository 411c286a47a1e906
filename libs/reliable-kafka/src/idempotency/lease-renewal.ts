/**
 * Renews a lease three times in its time while the event loop turns. The lease counts as lost when somebody else has it, or when its time is over
 * without an acknowledged renewal, counted from when that was asked for.
 */
export class LeaseRenewal {
  private readonly ended = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private provenAt: number;

  /** Made before the claim is asked for: its lease cannot have begun earlier. */
  constructor(
    private readonly lease: number,
    private readonly renew: () => Promise<boolean>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.provenAt = now();
  }

  /** Aborts when the lease is lost. */
  get lost(): AbortSignal {
    return this.ended.signal;
  }

  start(): void {
    this.timer = setInterval(() => void this.tick(), this.lease / 3);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async tick(): Promise<void> {
    const askedAt = this.now();
    const isOurs = await this.renew().catch(() => undefined);
    if (isOurs) this.provenAt = askedAt;
    if (isOurs === false || this.now() - this.provenAt >= this.lease) {
      this.stop();
      this.ended.abort();
    }
  }
}
