import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { config } from '../config.js';
import { dataFolder, serviceFolder } from '../folders.js';
import { until } from '../wait.js';
import { startOf, type User } from './process.js';

export interface Launch {
  command: string;
  args: string[];
  ports: number[];
  user?: User;
  env?: NodeJS.ProcessEnv;
}

/** A process that outlives its starter, known by a pid file. The file also holds the start time: pids are used again. */
export class Daemon {
  constructor(readonly name: string) {}

  private get pidFile(): string {
    return join(dataFolder, this.name, 'pid');
  }

  private get logFile(): string {
    return join(dataFolder, this.name, 'output.log');
  }

  private get pid(): number | undefined {
    try {
      const [pid, started] = readFileSync(this.pidFile, 'utf8').split('\n');
      return startOf(Number(pid)) === started ? Number(pid) : undefined;
    } catch {
      return undefined;
    }
  }

  get running(): boolean {
    return this.pid !== undefined;
  }

  /** Starts the process, unless it runs. It may not be ready yet when this resolves. */
  async start({ command, args, ports, user, env }: Launch): Promise<void> {
    if (this.running) return;
    for (const port of ports) await refuseTaken(port, this.name);
    const cwd = serviceFolder(this.name);
    const log = openSync(this.logFile, 'a');
    const child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      ...user,
    });
    closeSync(log);
    await once(child, 'spawn');
    child.unref();
    writeFileSync(this.pidFile, `${child.pid}\n${startOf(child.pid!)}`);
  }

  /** Sends the signal and resolves when the process is gone and its ports are free; after `within` ms it sends SIGKILL. */
  async stop(signal: NodeJS.Signals, within = 30_000): Promise<void> {
    const pid = this.pid;
    if (pid !== undefined) {
      process.kill(pid, signal);
      await this.gone(within).catch(() => {
        process.kill(pid, 'SIGKILL');
        return this.gone(10_000);
      });
    }
    rmSync(this.pidFile, { force: true });
  }

  /** Throws when the process does not run, with the end of its log when it did. */
  mustRun(): void {
    if (this.running) return;
    if (!existsSync(this.pidFile)) throw new Error(`${this.name} is not started`);
    const lines = readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
    throw new Error(`${this.name} has ended; the end of ${this.logFile}:\n${lines}`);
  }

  private gone(within: number): Promise<void> {
    return until(`the end of ${this.name}`, async () => !this.running, { within });
  }
}

async function refuseTaken(port: number, name: string): Promise<void> {
  const socket = connect({ host: config.host, port });
  const taken = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  if (taken) {
    throw new Error(
      `port ${port} of ${name} is taken by a process that this user's services did not start: stop that process first`,
    );
  }
}
