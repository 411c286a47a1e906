import { randomUUID } from 'node:crypto';
import { realServices } from '../../services/index.js';
import type { DataSource } from 'typeorm';
import { Child } from './child.js';
import { Effect } from './entities.js';
import { connected, type DatabaseName, type Ground, makePlace } from './ground.js';
import { GuardedApp } from './guarded-app.js';
import type { Message } from './message.js';
import { Receiver } from './receiver.js';
import type { Setup } from './setup.js';
import type { Subject } from './subject.js';
import { subjectOf } from './subjects.js';
import { Trial } from './trial.js';
import type { Worker } from './worker.js';

export interface WorldOptions {
  /** Default: the real one. SQLite stands alone, where no services are. */
  readonly redis?: string;
}

/**
 * A ground of its own, the receiver, and whoever works on it. What happened is asked on a connection that no guard knows of.
 */
export class World {
  private readonly workers: Worker[] = [];
  private readonly extra: (() => unknown)[] = [];

  private constructor(
    readonly ground: Ground,
    readonly receiver: Receiver,
    /** A look from outside; of the first connection to every table. */
    readonly probe: DataSource | undefined,
    private readonly drop: () => Promise<void>,
  ) {}

  static async make(database?: DatabaseName, options: WorldOptions = {}): Promise<World> {
    const redis = options.redis ?? (database === 'sqlite' ? undefined : realServices().redis.url);
    const receiver = await Receiver.start();
    const place = database && (await makePlace(database));
    const space = `faults-${randomUUID()}`;
    const ground: Ground = { database, options: place?.options, space, redis, receiver: receiver.port };
    const probe = database && (await connected({ ...ground, poolSize: 4 }));
    await probe?.synchronize();
    return new World(ground, receiver, probe, place?.end ?? (async () => undefined));
  }

  /** Handlers in this process. */
  async local(subjects: readonly string[], more: Partial<Setup> = {}): Promise<GuardedApp> {
    return this.keep(await GuardedApp.start({ ground: this.ground, subjects, ...more }));
  }

  /** Handlers in a process of their own. */
  async child(subjects: readonly string[], more: Partial<Setup> = {}): Promise<Child> {
    return this.keep(await Child.start({ ground: this.ground, subjects, ...more }));
  }

  /** A new message for a subject. */
  async trial(subject: string, more: Partial<Message> = {}): Promise<Trial> {
    const id = randomUUID();
    const trial = new Trial(this, subjectOf(subject), { id, key: id, version: 1, amount: 1, ...more });
    await trial.subject.seed?.(this.probe!.manager, trial.message);
    return trial;
  }

  trials(subjects: readonly string[]): Promise<Trial[]> {
    return Promise.all(subjects.map((subject) => this.trial(subject)));
  }

  async effects({ name, effect }: Subject, message: string): Promise<number> {
    if (effect === 'called') return this.receiver.of(message).calls;
    return this.probe!.manager.countBy(Effect, { subject: name, message });
  }

  distinct(message: string): number {
    return this.receiver.of(message).keys.size;
  }

  /** Something else to be taken away at the end. */
  onEnd(close: () => unknown): void {
    this.extra.push(close);
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end()));
    for (const close of this.extra.toReversed()) await close();
    await this.probe?.destroy();
    await this.drop();
    await this.receiver.stop();
  }

  private keep<W extends Worker>(worker: W): W {
    this.workers.push(worker);
    return worker;
  }
}
