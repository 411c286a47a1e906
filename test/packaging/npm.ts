import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a command to its end and gives what it printed; rejects with both its outputs when it fails. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  // Runners behave differently when they find themselves inside another one, and `npm run --silent` hides errors of the npm inside it.
  const { NODE_OPTIONS: _options, NODE_ENV: _environment, JEST_WORKER_ID: _worker, ...env } = process.env;
  try {
    return (
      await execute(command, args, {
        cwd,
        env: { ...env, npm_config_loglevel: 'error' },
        maxBuffer: 2 ** 26,
      })
    ).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${[command, ...args].join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

const quietly = ['--prefer-offline', '--no-audit', '--no-fund'];

/** Installation as in a user's application, but for install scripts: npm 12 blocks them, and the package must need none. */
export function install(cwd: string, command: 'ci' | 'install', ...args: string[]): Promise<string> {
  return run(cwd, 'npm', command, '--ignore-scripts', ...quietly, ...args);
}
