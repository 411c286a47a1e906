import { setTimeout as sleep } from 'node:timers/promises';
import type { ParkedPartition, ParkingOwner } from '../../contracts/index.js';
import { ParkingFencedError, partitionName } from '../../contracts/index.js';
import { exponential } from '../../retry/index.js';
import type { Connections } from '../connections.js';
import type { Dialect, Query, TransactionLimits } from '../dialect.js';
import { TransactionSession } from '../transaction-session.js';
import type { PartitionRows } from './partition-rows.js';
import type { Run } from './statements.js';
import { runOver } from './statements.js';

/** What is done under the lock of a partition. */
export interface Step<T> {
  readonly partition: ParkedPartition;
  /** Refused when another one owns the partition. Absent: no matter who does. */
  readonly owner?: ParkingOwner;
  /** The partition's epoch, and what is sent in the transaction. Answers the value, and the epoch when that is a new one. */
  readonly work: (run: Run, epoch: bigint) => Promise<{ readonly value: T; readonly epoch?: bigint }>;
}

interface Waiting extends Step<unknown> {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
}

/** Steps in one transaction at most. */
const MOST = 50;
/** Conflicts with other processes in a row before one is told. */
const CONFLICTS = 5;
const BACKOFF = exponential(10, { max: 500, jitter: 1 });

/**
 * Does steps under the locks of their partitions: what waits for one lock does so here, where it costs no connection, and has one transaction together.
 * A step that fails is undone alone.
 */
export class Transactions {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(
    private readonly connections: Connections,
    private readonly dialect: Dialect,
    private readonly partitions: PartitionRows,
    private readonly limits: TransactionLimits,
  ) {}

  /** Resolves after the COMMIT. */
  do<T>(step: Step<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { group, topic, partition } = step.partition;
      const name = `${group}/${partitionName(topic, partition)}`;
      const queue = this.queues.get(name);
      const waiting = { ...step, resolve, reject } as Waiting;
      if (queue) return queue.push(waiting);
      this.queues.set(name, [waiting]);
      void this.work(name);
    });
  }

  /** What needs no lock. */
  read<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.query((query) => work(runOver(query, this.dialect)));
  }

  async query<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const { runner, release } = await this.connections.acquire();
    try {
      return await work((text, parameters) => runner.query(text, parameters as any[], true));
    } finally {
      await runner.release();
      release();
    }
  }

  private async work(name: string): Promise<void> {
    for (let queue = this.queues.get(name)!; queue.length > 0;) {
      const some = queue.splice(0, MOST);
      if (!(await this.together(some)) && some.length > 1) for (const one of some) await this.together([one]);
    }
    this.queues.delete(name);
  }

  /** False: none of several is done, and it is not told whose fault that is. */
  private async together(steps: readonly Waiting[]): Promise<boolean> {
    try {
      const settle = await this.transaction((run) => this.doAll(run, steps));
      settle();
      return true;
    } catch (error) {
      if (steps.length > 1) return false;
      steps[0]!.reject(error);
      return true;
    }
  }

  /** Answers what is to be done after the COMMIT. */
  private async doAll(run: Run, steps: readonly Waiting[]): Promise<() => void> {
    const settled: (() => void)[] = [];
    let epoch = await this.partitions.lock(run, steps[0]!.partition);
    for (const { owner, work, resolve, reject } of steps) {
      if (owner && owner.epoch !== epoch) {
        settled.push(() => reject(new ParkingFencedError(owner)));
        continue;
      }
      const done = await work(run, epoch);
      epoch = done.epoch ?? epoch;
      settled.push(() => resolve(done.value));
    }
    return () => settled.forEach((settle) => settle());
  }

  private async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    for (let conflicts = 1; ; conflicts++) {
      try {
        return await this.once(work);
      } catch (error) {
        if (!this.dialect.isConflict(error) || conflicts > CONFLICTS) throw error;
        await sleep(BACKOFF(conflicts));
      }
    }
  }

  private async once<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const { runner, release } = await this.connections.acquire();
    const session = new TransactionSession(runner, this.dialect, this.limits);
    try {
      await session.begin();
      const value = await work(runOver(session.query, this.dialect));
      await session.commit();
      return value;
    } finally {
      await session.end();
      release();
    }
  }
}
