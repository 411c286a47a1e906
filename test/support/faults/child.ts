import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Passing } from './failpoints.js';
import type { Delivery } from './message.js';
import type { Outcome } from './outcome.js';
import type { Setup } from './setup.js';
import type { Worker } from './worker.js';

export type ToChild =
  | { readonly kind: 'start'; readonly setup: Setup }
  | { readonly kind: 'deliver'; readonly delivery: Delivery }
  | { readonly kind: 'pass'; readonly delivery: Delivery; readonly how: Passing };

export type FromChild =
  | { readonly kind: 'started' }
  | { readonly kind: 'reached'; readonly number: number }
  | { readonly kind: 'outcome'; readonly number: number; readonly outcome: Outcome };

const PROGRAM = fileURLToPath(new URL('guarded-process.ts', import.meta.url));

/** Guarded handlers in a process of their own, which can be killed and stopped. */
export class Child implements Worker {
  private readonly outcomes = new Map<number, (outcome: Outcome) => void>();
  private readonly arrived = new Set<number>();
  private readonly waiting = new Map<number, () => void>();
  private readonly ended: Promise<unknown>;

  private constructor(private readonly process: ChildProcess) {
    this.ended = once(process, 'exit');
    process.on('message', (message: FromChild) => this.hear(message));
    void this.ended.then(() => {
      for (const settle of this.outcomes.values()) settle({ kind: 'died' });
    });
  }

  static async start(setup: Setup): Promise<Child> {
    const child = new Child(fork(PROGRAM, { execArgv: ['--import', 'tsx'] }));
    child.say({ kind: 'start', setup });
    const [first] = await Promise.race([
      once(child.process, 'message'),
      child.ended.then(() => Promise.reject(new Error('the child ended before it had started'))),
    ]);
    if ((first as FromChild).kind !== 'started') throw new Error('the child did not start');
    return child;
  }

  deliver(delivery: Delivery): Promise<Outcome> {
    this.say({ kind: 'deliver', delivery });
    return new Promise((settle) => this.outcomes.set(delivery.number, settle));
  }

  async reached({ number }: Delivery): Promise<void> {
    if (!this.arrived.has(number)) await new Promise<void>((resolve) => this.waiting.set(number, resolve));
  }

  pass(delivery: Delivery, how: Passing = 'go'): void {
    this.say({ kind: 'pass', delivery, how });
  }

  /** SIGKILL. What was under way has no outcome: it `died`. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  /** SIGSTOP: not a single instruction more, until `resume`. Timers and leases go on without it. */
  stop(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  end(): Promise<void> {
    return this.kill();
  }

  private say(message: ToChild): void {
    this.process.send(message);
  }

  private hear(message: FromChild): void {
    if (message.kind === 'reached') {
      this.arrived.add(message.number);
      this.waiting.get(message.number)?.();
    } else if (message.kind === 'outcome') {
      this.outcomes.get(message.number)?.(message.outcome);
      this.outcomes.delete(message.number);
    }
  }
}
