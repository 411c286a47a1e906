/** What became of one part of `npm test`: the checks or a ring. */
export interface Outcome {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  /** Milliseconds. */
  took: number;
  /** Why it did not run, or not to its end. */
  why?: string;
}

/** The last lines of `npm test`: one a part, then the sums alone on the last line, where CI reads them. */
export function closingLines(outcomes: Outcome[]): string[] {
  const width = Math.max(...['in all', ...outcomes.map(({ name }) => name)].map((label) => label.length));
  const parts = outcomes.map((outcome) => {
    const { name, passed, failed, skipped, took, why } = outcome;
    const counts = ran(outcome)
      ? `ran in ${seconds(took)}: ${passed} passed, ${failed} failed, ${skipped} skipped`
      : 'did not run';
    return `${name.padEnd(width)}  ${counts}${why ? ` (${why})` : ''}`;
  });
  const sum = (key: 'passed' | 'failed' | 'skipped' | 'took') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  return [
    ...parts,
    `${'in all'.padEnd(width)}  ${seconds(sum('took'))}`,
    `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`,
  ];
}

/** A ring without a single test that ended has shown nothing. */
export function ran({ passed, failed }: Outcome): boolean {
  return passed + failed > 0;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
