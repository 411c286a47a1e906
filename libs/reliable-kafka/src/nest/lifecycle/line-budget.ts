import type { Log } from '../../contracts/index.js';

const LINES = 5;
const WINDOW = 10_000;

/** What was left out of one kind of line. */
interface Kind {
  lines: number;
  closes: NodeJS.Timeout;
}

/** Bounds a log that many records write into: so many lines of a kind in ten seconds, then how many more there were. */
export class LineBudget {
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly log: Log,
    private readonly lines = LINES,
    private readonly window = WINDOW,
  ) {}

  write(level: 'log' | 'warn' | 'error', kind: string, line: () => string): void {
    let open = this.kinds.get(kind);
    if (!open) {
      const closes = setTimeout(() => this.close(level, kind), this.window).unref();
      this.kinds.set(kind, (open = { lines: 0, closes }));
    }
    if (++open.lines <= this.lines) this.log[level](line());
  }

  /** Tells what was left out so far. */
  end(): void {
    for (const [kind, { closes }] of this.kinds) {
      clearTimeout(closes);
      this.close('log', kind);
    }
  }

  private close(level: 'log' | 'warn' | 'error', kind: string): void {
    const leftOut = this.kinds.get(kind)!.lines - this.lines;
    this.kinds.delete(kind);
    if (leftOut > 0) this.log[level](`${kind}: ${leftOut} more like this in ${this.window / 1000} s`);
  }
}
