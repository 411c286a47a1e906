/**
 * So many tokens for each span of time, refilled evenly and saved up to one span's worth, which is there at the start: over any time t at most
 * tokens × (1 + t / span) are taken, and what one taker owed.
 */
export class TokenBucket {
  /** In tokens × ms: whole numbers for whole ms, so that waiting as long as was told is enough. */
  private credit: number;
  private asOf: number;

  /** `now` in ms, from any beginning; a clock that is set back stands still until then. */
  constructor(
    private readonly tokens: number,
    private readonly span: number,
    private readonly now: () => number,
  ) {
    if (!(tokens > 0 && span > 0)) throw new RangeError(`There must be tokens and a span, not ${tokens} in ${span} ms`);
    this.credit = tokens * span;
    this.asOf = now();
  }

  /** What is there; negative while more was taken than there was. */
  get available(): number {
    this.refill();
    return this.credit / this.span;
  }

  /** Takes more than there is, too: what is owed is refilled first, so that the rate holds for those that come in lumps. */
  take(tokens: number): void {
    this.refill();
    this.credit -= tokens * this.span;
  }

  /** How long until so many are there, or the bucket is full; whole ms, 0 when they are. */
  msUntil(tokens: number): number {
    this.refill();
    const missing = Math.min(tokens, this.tokens) * this.span - this.credit;
    return missing > 0 ? Math.ceil(missing / this.tokens) : 0;
  }

  private refill(): void {
    const now = this.now();
    if (now <= this.asOf) return;
    this.credit = Math.min(this.tokens * this.span, this.credit + (now - this.asOf) * this.tokens);
    this.asOf = now;
  }
}
