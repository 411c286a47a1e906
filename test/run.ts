import { program } from 'commander';
import { closingLines, type Outcome } from './runner/outcome.js';
import { checks, ring } from './runner/parts.js';
import { realRing } from './runner/real-ring.js';

interface Options {
  requireReal: boolean;
  long: boolean;
}

const { requireReal, long } = program
  .name('npm test --')
  .description('Everything: build and checks, then the unit, the integration and the real ring.')
  .option('--require-real', 'fail unless the real ring ran', process.env.RELIABLE_KAFKA_REQUIRE_REAL === '1')
  .option('--long', 'the long forms of the tests that have one', false)
  .parse()
  .opts<Options>();

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

/** Longer than it may take, so that a hanging test ends with the closing lines and not with a killed run. */
const bound = AbortSignal.timeout((long ? 180 : 36) * 60_000);
const signal = AbortSignal.any([interrupted.signal, bound]);

const parts: Record<string, () => Promise<Outcome>> = {
  checks: () => checks(signal),
  unit: () => ring('unit', { long, signal }),
  integration: () => ring('integration', { long, signal }),
  real: () => realRing({ long, signal }, requireReal),
};

const outcomes: Outcome[] = [];
for (const [name, run] of Object.entries(parts)) {
  const cutShort = { name, passed: 0, failed: 1, skipped: 0, took: 0, why: 'the run was ended before' };
  outcomes.push(signal.aborted ? cutShort : await run());
}

console.log(`\n${closingLines(outcomes).join('\n')}`);
process.exitCode = outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
