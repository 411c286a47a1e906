import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

const START_WITHIN = 120_000;
const STOP_WITHIN = 60_000;

export interface ServiceOptions {
  /** The workspace, such as `sms-gateway`. */
  readonly name: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  readonly logFile: string;
}

/** One service in a process of its own. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly options: ServiceOptions,
  ) {}

  /** Resolves when the service answers; rejects with the end of its log when it does not. */
  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    const { name, port, env, logFile } = options;
    const main = fileURLToPath(new URL(`../../../${name}/dist/main.js`, import.meta.url));
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, ['--import', new URL('./exit-with-parent.js', import.meta.url).href, main], {
      env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: `${port}` },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const service = new ServiceProcess(child, options);
    await service.ready();
    return service;
  }

  private get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** SIGTERM lets it finish what it has begun, for a minute; SIGKILL does not. Resolves when the process is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.gone) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    const tooLong = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN);
    await gone;
    clearTimeout(tooLong);
  }

  private async ready(): Promise<void> {
    for (const started = Date.now(); Date.now() - started < START_WITHIN; await delay(25)) {
      if (this.gone) throw this.failed(`ended with ${this.child.exitCode ?? this.child.signalCode}`);
      if (await answers(this.options.port)) return;
    }
    await this.stop('SIGKILL');
    throw this.failed(`did not answer within ${START_WITHIN / 1000} s`);
  }

  private failed(what: string): Error {
    const { name, logFile } = this.options;
    const end = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
    return new Error(`${name} ${what}; the end of ${logFile}:\n${end}`);
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/health`);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}
