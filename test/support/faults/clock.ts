/** Makes every clock of this process that tells a date wrong by so many milliseconds. */
export function skewClock(ms: number): void {
  const Real = Date;
  class Skewed extends Real {
    constructor(...given: [] | [number | string | Date] | Parameters<typeof Date.UTC>) {
      super(...((given.length === 0 ? [Skewed.now()] : given) as [number]));
    }

    static override now(): number {
      return Real.now() + ms;
    }
  }
  globalThis.Date = Skewed as DateConstructor;
}
