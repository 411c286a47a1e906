import type { Capacity } from '../contracts/index.js';
import { CrashedError } from '../contracts/index.js';
import type { CrashAccount } from '../offsets/index.js';
import type { Death } from './failures.js';
import type { Task } from './task.js';

export type CautiousTask = Pick<Task, 'record' | 'route'>;

/** Outcomes that a crash may undo, since they were not committed: so many come together under the default commit policy. */
const UNCOMMITTED = 1000;

export interface CautionParts {
  readonly crashes: CrashAccount;
  /** One place, for the suspects of all partitions of this process: another one that ends it must not cast doubt on them. */
  readonly trial: Capacity;
  /** Commits at once, and calls back when what is known by now is stored. */
  commit(stored: () => void): void;
  /** Another record may be taken in. */
  ready(): void;
  began(): void;
  ended(): void;
}

/**
 * How a partition runs while one of its records may be what ends the processes: one at a time, in the order in which they ask, each noted in the commit
 * metadata before it starts. Those that were found out do not run at all.
 */
export class Caution {
  private readonly waiting = new Set<Turn>();
  private turn: Turn | undefined;
  /** What is stored may name a record that runs. */
  private noteStands = false;
  /** What has run. */
  private readonly cleared = new Set<string>();
  private toClear: number | undefined;

  constructor(private readonly parts: CautionParts) {}

  /** What could have been running is so much of what lies in the log, and no more than was in flight or done and not committed. */
  begin(inLog: number, concurrency: number): void {
    const { crashes, began } = this.parts;
    if (!crashes.isCautious || this.toClear !== undefined) return;
    this.toClear = Math.min(inLog, concurrency + UNCOMMITTED);
    if (this.toClear > 0) began();
    else crashes.dismiss();
  }

  /** Nothing is taken in now: a record that ends the process while it is decoded must not be taken for the one that runs. */
  get isBusy(): boolean {
    return this.parts.crashes.isCautious && (this.noteStands || this.waiting.size > 0);
  }

  /** Nothing of it runs any more that anybody waits for; and what begins next is committed before. */
  stop(): void {
    this.leave();
    this.noteStands = false;
  }

  deathOf({ record: { offset } }: CautiousTask): Death | undefined {
    const { crashes } = this.parts;
    if (!crashes.isCulprit(offset)) return undefined;
    return { reason: 'crashed', error: new CrashedError(crashes.suspects.get(offset)!) };
  }

  mayStart(task: CautiousTask): boolean {
    return !this.parts.crashes.isCautious || (this.turn?.task === task && this.turn.isNoted);
  }

  /** Calls `resume` when it may. The answer takes that back, until the task has started. */
  whenMayStart(task: CautiousTask, resume: () => void): () => void {
    const turn: Turn = { task, resume, isNoted: false };
    this.waiting.add(turn);
    if (!this.turn) this.goOn();
    return () => {
      if (!this.waiting.delete(turn)) this.withdraw(task);
    };
  }

  /** It did not start. */
  withdraw(task: CautiousTask): void {
    if (this.turn?.task !== task) return;
    this.leave();
    this.goOn();
  }

  /** Its attempt is over, however it ended: it has not ended the process. */
  settled(task: CautiousTask): void {
    if (this.turn?.task !== task) return;
    this.leave();
    this.cleared.add(`${task.record.offset} ${task.route.index}`);
    if (this.cleared.size < this.toClear!) this.goOn();
    else this.end();
  }

  private end(): void {
    const { crashes, ready, ended } = this.parts;
    crashes.dismiss();
    this.tellNobodyRuns();
    this.cleared.clear();
    const resumed = [...this.waiting];
    this.waiting.clear();
    for (const { resume } of resumed) resume();
    ready();
    ended();
  }

  private goOn(): void {
    const [next] = this.waiting;
    if (!next) return this.tellNobodyRuns();
    this.waiting.delete(next);
    this.turn = next;
    if (this.parts.crashes.isOnTrial(next.task.record.offset)) this.enterTrial(next);
    else this.note(next);
  }

  private enterTrial(turn: Turn): void {
    const { trial } = this.parts;
    if (trial.tryTake()) {
      turn.leaveTrial = () => trial.release();
      this.note(turn);
    } else turn.leaveTrial = trial.whenFree(() => this.enterTrial(turn));
  }

  private note(turn: Turn): void {
    const { crashes, commit } = this.parts;
    crashes.note(turn.task.record.offset);
    this.noteStands = true;
    commit(() => {
      if (this.turn !== turn) return;
      turn.isNoted = true;
      turn.resume();
    });
  }

  private tellNobodyRuns(): void {
    this.parts.commit(() => {
      if (this.turn) return;
      this.noteStands = false;
      this.parts.ready();
    });
  }

  private leave(): void {
    const { turn } = this;
    this.turn = undefined;
    this.parts.crashes.rest();
    turn?.leaveTrial?.();
  }
}

/** Of one task at a time. */
interface Turn {
  readonly task: CautiousTask;
  readonly resume: () => void;
  isNoted: boolean;
  /** Gives its place back, or its wait for one. */
  leaveTrial?: () => void;
}
