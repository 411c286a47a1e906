import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from './outcome.js';
import { runScript } from './run-script.js';

const checkScripts = ['extras', 'build', 'typecheck', 'lint', 'format:check', 'check:rooms'];

/** Installs what the root leaves out, builds, then looks at the source: each script counts as one test. All of them run, whatever the others find. */
export async function checks(signal: AbortSignal): Promise<Outcome> {
  const started = Date.now();
  const broken: string[] = [];
  for (const script of checkScripts) {
    if (!(await runScript(script, { signal }))) broken.push(script);
  }
  const failed = broken.length;
  const why = failed > 0 ? `failed: ${broken.join(', ')}` : undefined;
  return { name: 'checks', passed: checkScripts.length - failed, failed, skipped: 0, took: Date.now() - started, why };
}

export interface RingOptions {
  long: boolean;
  signal: AbortSignal;
}

/** One project of jest.config.js. */
export async function ring(name: 'unit' | 'integration' | 'real', { long, signal }: RingOptions): Promise<Outcome> {
  const started = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'reliable-kafka-results-'));
  try {
    const results = join(folder, 'results.json');
    // The real ring shares its services: one file at a time.
    const workers = name === 'real' ? '--runInBand' : '--maxWorkers=2';
    const args = [`--selectProjects=${name}`, workers, '--json', `--outputFile=${results}`];
    const succeeded = await runScript('jest', { args, env: long ? { RELIABLE_KAFKA_LONG: '1' } : {}, signal });
    return { name, ...counts(results, succeeded), took: Date.now() - started };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Counts = Pick<Outcome, 'passed' | 'failed' | 'skipped' | 'why'>;

function counts(results: string, succeeded: boolean): Counts {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    // A file that cannot be loaded has no tests to count; jest can fail for a reason outside all tests.
    const failed = Math.max(numFailedTests + numRuntimeErrorTestSuites, succeeded ? 0 : 1);
    return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, why: 'jest ended without results' };
  }
}
