import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** When the process was started, as the system writes it; undefined when it has ended (a zombie has). */
export function startOf(pid: number): string | undefined {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' || state === 'X' ? undefined : rest[18];
    }
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', `${pid}`], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

export interface User {
  uid: number;
  gid: number;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  user?: User;
  /** Milliseconds; default five minutes. */
  within?: number;
}

/** Runs a command to its end and gives what it printed; a failure carries the end of its output. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, user, within = 300_000 } = options;
  try {
    const settings = { cwd, env: { ...process.env, ...env }, ...user, timeout: within, maxBuffer: 64 << 20 };
    return (await promisify(execFile)(command, args, settings)).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`${command} failed: ${said || message}`, { cause: error });
  }
}

/**
 * Databases refuse to run as root: for root, the user `nobody` runs them. An ordinary user runs them as itself (undefined).
 */
export async function databaseUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number(await run('id', [flag, 'nobody']))));
  return { uid, gid };
}
