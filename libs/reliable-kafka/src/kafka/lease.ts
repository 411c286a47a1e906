/**
 * How long this process may believe that its partitions are its own. The broker gives them away `sessionTimeout` after it last heard of us,
 * so belief ends that long after the last acknowledged request was written: counted from its answer it would last too long, above all
 * when the process was stopped in between.
 */
export class Lease {
  private provenAt: number | undefined;
  private told = true;

  constructor(
    private readonly sessionTimeout: number,
    private readonly now: () => number,
    private readonly changed: (held: boolean) => void,
  ) {}

  get held(): boolean {
    return this.provenAt !== undefined && this.now() - this.provenAt < this.sessionTimeout;
  }

  /** The broker acknowledged a request that was written at `sentAt`. */
  proven(sentAt: number): void {
    this.provenAt = Math.max(sentAt, this.provenAt ?? sentAt);
    this.tell();
  }

  /** The broker said that we are not a member any more. */
  disproven(): void {
    if (this.provenAt === undefined) return;
    this.provenAt = Number.NEGATIVE_INFINITY;
    this.tell();
  }

  /** Time passes without events: to be called now and then. */
  tell(): void {
    if (this.provenAt === undefined || this.held === this.told) return;
    this.told = this.held;
    this.changed(this.told);
  }
}
