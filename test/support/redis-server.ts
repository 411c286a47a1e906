import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { obtain } from '../services/native/program.js';

const host = '127.0.0.1';

/** A redis-server of a test's own, to be killed, stopped and filled: in memory, on a free port of loopback. */
export class RedisServer {
  #process!: ChildProcess;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /** `options` as on the command line: `['--maxmemory', '20mb']`. Resolves when it accepts connections. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'reliable-kafka-redis-')), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://${host}:${this.port}`;
  }

  /** After `kill`: the same port, and nothing of what was there. */
  async start(): Promise<void> {
    const command = join(
      await obtain({ name: 'Redis', programs: ['redis-server'], packages: ['redis-server'] }),
      'redis-server',
    );
    const where = ['--bind', host, '--port', `${this.port}`, '--dir', this.folder];
    const memoryOnly = ['--save', '', '--appendonly', 'no'];
    this.#process = spawn(command, [...where, ...memoryOnly, ...this.options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    for await (const line of createInterface(this.#process.stdout!)) {
      said.push(line);
      if (line.includes('Ready to accept connections')) break;
    }
    this.#process.stdout!.resume();
    if (this.#process.exitCode !== null) throw new Error(`redis-server did not start:\n${said.join('\n')}`);
  }

  /** It keeps its connections and answers nothing, until `resume`. */
  suspend(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
