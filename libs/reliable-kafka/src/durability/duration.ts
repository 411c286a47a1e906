const UNITS = [
  ['day', 24 * 60 * 60 * 1000],
  ['hour', 60 * 60 * 1000],
  ['minute', 60 * 1000],
  ['second', 1000],
] as const;

/** Milliseconds, as people say them. */
export function duration(ms: number): string {
  for (const [unit, size] of UNITS) {
    if (ms < size) continue;
    const count = Math.round((ms / size) * 10) / 10;
    return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return `${ms} ms`;
}
