/** What may happen often is told once in a while, thing by thing. */
export class Sparingly {
  readonly #told = new Map<string, number>();

  constructor(
    private readonly every: number,
    private readonly now: () => number,
  ) {}

  /** Whether it is time to tell of it. */
  isTimeFor(thing: string): boolean {
    const now = this.now();
    if (now - (this.#told.get(thing) ?? -Infinity) < this.every) return false;
    this.#told.set(thing, now);
    return true;
  }
}
