import type { ClaimTold, ConsumedRecord, IdempotencyGuard, OpenGuard } from 'nestjs-reliable-kafka';
import { FatalError } from 'nestjs-reliable-kafka';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntitySchema } from 'typeorm';
import type { DatabaseKind, TestDatabase } from '../databases.js';
import type { Around } from './around-statements.js';
import { aroundStatements } from './around-statements.js';
import { log } from './stores.js';

export type AttemptResult = Awaited<ReturnType<OpenGuard['run']>>;

/** What a handler does in these tests: returns, or throws. */
export type Handle = (claim: ClaimTold) => unknown;

export interface CallOptions {
  /** The same object for each attempt on a record, as the consumer has it. */
  readonly record?: ConsumedRecord;
  /** Payloads of the records that queue behind it. */
  readonly behind?: readonly unknown[];
  /** What ends the attempt before it starts the handler. */
  readonly neverStarts?: boolean;
}

let offset = 0n;

export function newRecord(): ConsumedRecord {
  const where = { topic: 'topic', partition: 0, offset: offset++, timestamp: '0' };
  return { ...where, key: null, value: null, headers: undefined };
}

/** A dead letter that was given back to its handler. */
export function replayOf(record: ConsumedRecord): ConsumedRecord {
  return { ...record, headers: { 'dlt-replay': 'replay-1' } };
}

/** A database, and processes that work on it: each has pools of its own. */
export class GuardGround {
  private readonly processes: Process[] = [];

  private constructor(
    private readonly database: TestDatabase,
    private readonly options: DataSourceOptions,
  ) {}

  static async on(kind: DatabaseKind, entities: readonly EntitySchema<any>[]): Promise<GuardGround> {
    const database = await kind.make();
    const options = { ...database.options, entities } as DataSourceOptions;
    await (await new DataSource({ ...options, synchronize: true } as DataSourceOptions).initialize()).destroy();
    return new GuardGround(database, options);
  }

  async process(
    more: object = {},
    { lockTimeout = 5_000, around }: { lockTimeout?: number; around?: Around } = {},
  ): Promise<Process> {
    const dataSource = await new DataSource({ ...this.options, ...more } as DataSourceOptions).initialize();
    if (around) aroundStatements(dataSource, around);
    const store = typeormIdempotency({ dataSource, lockTimeout });
    const problems = await store.open({ resolve: nothing, log });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    const process = new Process(dataSource, store);
    this.processes.push(process);
    return process;
  }

  async end(): Promise<void> {
    for (const { store, dataSource } of this.processes) {
      await store.close();
      await dataSource.destroy();
    }
    await this.database.end();
  }
}

/** A process with one store. */
export class Process {
  constructor(
    readonly dataSource: DataSource,
    readonly store: TypeormStore,
  ) {}

  /** Rejects with what is wrong with the guard. */
  async guard(guard: IdempotencyGuard): Promise<Guarded> {
    const wrong = guard.problems();
    if (wrong.length > 0) throw new Error(wrong.map(({ what, remedy }) => `${what}. ${remedy}`).join('\n'));
    const find = (provides: string) => (provides === 'inbox' ? this.store : undefined);
    const open = await guard.open({
      label: 'Sms.dispatch',
      scopeOf: () => 'scope',
      store: find as never,
      resolve: nothing,
      emit: () => undefined,
      log,
    });
    return new Guarded(open);
  }
}

/** An open guard, called as the server calls it. */
export class Guarded {
  constructor(readonly open: OpenGuard) {}

  async run(payload: unknown, handle: Handle, options: CallOptions = {}): Promise<AttemptResult> {
    const { record = newRecord(), behind = [], neverStarts = false } = options;
    await this.place();
    try {
      return await this.open.run({
        attempt: {
          record,
          payload,
          attempt: 1,
          orderingKey: undefined,
          behind: () => behind.map((payload) => ({ record: newRecord(), payload })),
          signal: new AbortController().signal,
          isAborted: false,
        },
        execute: (claim) =>
          neverStarts ? executed({ kind: 'waiting', reason: 'busy', delay: 0 }) : execute(handle, claim),
      });
    } catch (error) {
      return failure(error);
    } finally {
      this.open.capacity?.release();
    }
  }

  private place(): Promise<void> | undefined {
    const { capacity } = this.open;
    if (!capacity) return undefined;
    return new Promise((resolve) => {
      const look = (): void => void (capacity.tryTake() ? resolve() : capacity.whenFree(look));
      look();
    });
  }
}

async function execute(handle: Handle, claim: ClaimTold) {
  try {
    return await executed({ kind: 'handled' }, await handle(claim));
  } catch (error) {
    return executed(failure(error));
  }
}

async function executed(result: AttemptResult, value?: unknown) {
  return { result, value, reply: undefined };
}

function failure(error: unknown): AttemptResult {
  return { kind: 'failed', error, ...(error instanceof FatalError && { fatal: true }) };
}

function nothing(): never {
  throw new Error('There is no such provider');
}

/** Nobody is to run it. */
export const unexpected: Handle = () => {
  throw new Error('The handler ran');
};
