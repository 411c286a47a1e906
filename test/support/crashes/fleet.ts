import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HistoryChecker } from '../../../libs/reliable-kafka/src/testing/index.js';

/** What a process of the fleet is told. */
export interface CrashingSetup {
  readonly brokers: string[];
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly groupId: string;
  /** Ids of records that kill the process which runs them. */
  readonly killers: readonly string[];
  readonly sessionTimeout: number;
  /** What commits tell beside the offset is lost. */
  readonly isForgetful?: boolean;
}

interface Line {
  readonly at: bigint;
  readonly process: string;
  readonly what: string;
  readonly key: string;
  readonly id: string;
}

const PROGRAM = fileURLToPath(new URL('crashing-process.ts', import.meta.url));

/** Processes of one group, each started again whenever it dies, as an orchestrator does. */
export class Fleet {
  /** Ids of records that a process has handled. */
  readonly ended = new Set<string>();
  deaths = 0;
  private readonly lines: Line[] = [];
  private readonly running = new Set<ChildProcess>();
  private readonly changed = new Set<() => void>();
  private started = 0;
  private isOver = false;

  constructor(private readonly setup: CrashingSetup) {}

  start(processes: number): void {
    for (let i = 0; i < processes; i++) this.spawn();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.changed.add(resolve));
  }

  /** Nobody is started again; those who live drain and leave. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(
      [...this.running].map((child) => {
        child.kill('SIGTERM');
        return once(child, 'close');
      }),
    );
  }

  has(what: string): boolean {
    return this.lines.some((line) => line.what === what);
  }

  /** What happened, in the order in which it did: all processes write down the same clock. */
  history(sent: readonly { readonly key: string; readonly id: string }[]): HistoryChecker {
    const checker = new HistoryChecker();
    for (const { key, id } of sent) checker.sent(key, id);
    for (const { process, what, key, id } of this.lines.toSorted((one, other) => Number(one.at - other.at))) {
      if (what === 'started') checker.started(key, id, process);
      else if (what === 'ended') checker.ended(key, id, process);
      else if (what === 'died') checker.died(process);
    }
    return checker;
  }

  private spawn(): void {
    const name = `process ${this.started++}`;
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(this.setup)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.running.add(child);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [at, what = '', key = '', id = ''] = line.split(' ');
      this.note({ at: BigInt(at!), process: name, what, key, id });
    });
    // After its last line.
    child.once('close', (_code, signal) => {
      this.running.delete(child);
      if (signal === 'SIGKILL') this.deaths++;
      this.note({ at: process.hrtime.bigint(), process: name, what: 'died', key: '', id: '' });
      if (!this.isOver) this.spawn();
    });
  }

  private note(line: Line): void {
    this.lines.push(line);
    if (line.what === 'ended') this.ended.add(line.id);
    for (const resolve of this.changed) resolve();
    this.changed.clear();
  }
}
