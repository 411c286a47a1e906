import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ScriptOptions {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  /** Ends the script and what it started. */
  signal: AbortSignal;
}

/** Runs a script of package.json with its output going straight to ours; gives whether it succeeded. */
export async function runScript(name: string, { args = [], env, signal }: ScriptOptions): Promise<boolean> {
  if (signal.aborted) return false;
  console.log(`\n> npm run ${[name, ...(args.length > 0 ? ['--', ...args] : [])].join(' ')}`);
  // A group of its own, so that ending it ends what npm started as well.
  const child = spawn('npm', ['run', '--silent', name, '--', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const end = () => process.kill(-child.pid!, 'SIGTERM');
  signal.addEventListener('abort', end);
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', end);
  return code === 0;
}
