/** Offsets as rising half-open ranges `[from, to)`, relative to a base. Asked in rising order it answers in O(1) amortised. */
export class OffsetSet {
  private cursor = 0;

  /** `bounds`: from, to, from, to, … strictly rising. */
  constructor(
    private readonly base: bigint,
    private readonly bounds: readonly number[],
  ) {}

  has(offset: bigint): boolean {
    const relative = Number(offset - this.base);
    if (this.cursor > 0 && relative < this.bounds[this.cursor - 1]!) this.cursor = 0;
    while (this.cursor < this.bounds.length && this.bounds[this.cursor + 1]! <= relative) this.cursor += 2;
    return this.cursor < this.bounds.length && this.bounds[this.cursor]! <= relative;
  }

  get isEmpty(): boolean {
    return this.bounds.length === 0;
  }
}
