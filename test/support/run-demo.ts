import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../apps/sms-demo/src/story/index.js';

export interface DemoRun {
  readonly code: number;
  readonly output: string;
  /** Absent when the run ended before there was one. */
  readonly report?: Report;
}

/** `npm run demo`, which also compiles what has changed, in a process of its own. */
export async function runDemo(...options: string[]): Promise<DemoRun> {
  const folder = await mkdtemp(join(tmpdir(), 'sms-demo-report-'));
  const file = join(folder, 'report.json');
  try {
    const { code, output } = await npm(['run', '--silent', 'demo', '--', ...options, '--report', file]);
    const report = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
    return { code, output, report };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function npm(args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, SMS_CORPUS: '' };
  return new Promise((resolve) => {
    const child = execFile('npm', args, { env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) =>
      resolve({ code: error ? (child.exitCode ?? 1) : 0, output: stdout + stderr }),
    );
  });
}
