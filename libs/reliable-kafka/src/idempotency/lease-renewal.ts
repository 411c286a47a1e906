/**
 * Renews a lease three times in its time while the event loop turns. The lease counts as lost when somebody else has it, or when its time is over
 * without an acknowledged renewal, counted from when that was asked for.
 */
export class LeaseRenewal {
  private abort: AbortController | undefined;
  private provenAt = performance.now();
  private renewals: NodeJS.Timeout | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private isOver = false;
  private isLost = false;

  /** Made before the claim is asked for: its lease cannot have begun earlier. */
  constructor(
    private readonly lease: number,
    private readonly renew: () => Promise<boolean>,
  ) {}

  /** Aborts when the lease is lost. Made on first use: most handlers never look. */
  get lost(): AbortSignal {
    this.abort ??= new AbortController();
    if (this.isLost) this.abort.abort();
    return this.abort.signal;
  }

  /** False: the answer to the claim came so late that the lease may be over. */
  start(): boolean {
    if (this.left() <= 0) return false;
    this.renewals = setInterval(() => void this.ask(), this.lease / 3);
    this.watch();
    return true;
  }

  stop(): void {
    this.isOver = true;
    clearInterval(this.renewals);
    clearTimeout(this.deadline);
  }

  private async ask(): Promise<void> {
    const askedAt = performance.now();
    const isOurs = await this.renew().catch(() => undefined);
    if (this.isOver) return;
    if (isOurs === false) return this.lose();
    if (isOurs) {
      // Answers may overtake each other.
      this.provenAt = Math.max(this.provenAt, askedAt);
      this.watch();
    }
  }

  private watch(): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lose(), this.left());
  }

  private left(): number {
    return this.provenAt + this.lease - performance.now();
  }

  private lose(): void {
    this.stop();
    this.isLost = true;
    this.abort?.abort();
  }
}
