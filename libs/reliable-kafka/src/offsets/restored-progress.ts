import { OffsetSet } from './offset-set.js';
import { addRange, type AttemptCount, type ProgressSnapshot } from './snapshot.js';

/** What an earlier owner left above its watermark. */
export class RestoredProgress {
  private readonly sets: readonly OffsetSet[];
  private readonly counts: readonly ReadonlyMap<bigint, number>[];
  /** Nothing is known from here on. */
  readonly end: bigint;

  constructor(private readonly progress: ProgressSnapshot) {
    const { watermark, completed, attempts } = progress;
    this.sets = completed.map((bounds) => new OffsetSet(watermark, bounds));
    this.counts = completed.map(
      (_, handler) =>
        new Map(
          attempts
            .filter((count) => count.handler === handler)
            .map((count) => [watermark + BigInt(count.offset), count.attempts]),
        ),
    );
    const ends = [...completed.map((bounds) => bounds.at(-1) ?? 0), ...attempts.map(({ offset }) => offset + 1)];
    this.end = watermark + BigInt(Math.max(0, ...ends));
  }

  /** Asked in rising order of offsets it answers in O(1) amortised. */
  isCompleted(offset: bigint, handler: number): boolean {
    return this.sets[handler]!.has(offset);
  }

  attempts(offset: bigint, handler: number): number {
    return this.counts[handler]!.get(offset) ?? 0;
  }

  /** Adds what is known from `offset` on to a later snapshot, whose watermark is `watermark`: the next owner should know it, too. */
  addFrom(offset: bigint, watermark: bigint, completed: readonly number[][], attempts: AttemptCount[]): void {
    const shift = Number(this.progress.watermark - watermark);
    const from = Number(offset - watermark);
    completed.forEach((bounds, handler) => {
      const known = this.progress.completed[handler]!;
      for (let i = 0; i < known.length; i += 2)
        addRange(bounds, Math.max(known[i]! + shift, from), known[i + 1]! + shift);
    });
    for (const count of this.progress.attempts) {
      const above = count.offset + shift;
      if (above >= from) attempts.push({ ...count, offset: above });
    }
  }
}
