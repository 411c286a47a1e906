import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { Log } from '../contracts/index.js';
import { Places } from '../flow/index.js';
import type { Connections, Lease } from './connections.js';
import { NoConnectionError } from './errors.js';
import { openOwnDataSource } from './own-data-source.js';
import { sqlite } from './sqlite.js';

/** Milliseconds between two looks at a lock. */
const LOOK = 10;

/** Milliseconds for which better-sqlite3 waits for a lock by default, and for which nobody minds. */
const DEFAULT_TIMEOUT = 5_000;
const BEARABLE = 100;

/** For whoever keeps transactions open while the application goes on. */
export function warnOfTimeout({ options }: DataSource, log: Log): void {
  const { timeout = DEFAULT_TIMEOUT } = options as { timeout?: number };
  if (timeout > BEARABLE)
    log.warn(
      `A write of the application beside a handler's transaction stops the whole process for ${timeout} ms, that handler included, and fails then. ` +
        'Give the DataSource `timeout: 0`, and try such writes again',
    );
}

type RunQuery = QueryRunner['query'];

/**
 * One connection of our own to the file of the application's DataSource: on the application's, which everybody shares, a claim's rollback would take
 * the writes of others with it. One transaction at a time. A lock of somebody else is looked at again and again, since SQLite's own way of
 * waiting stops the whole process.
 */
export class SqliteConnection implements Connections {
  private readonly turn = new Places(1);

  private constructor(
    private readonly own: DataSource,
    private readonly timeouts: { readonly acquire: number; readonly lock: number },
  ) {}

  static async open(application: DataSource, timeouts: { acquire: number; lock: number }): Promise<SqliteConnection> {
    const own = await openOwnDataSource(application, { timeout: 0, isolationLevel: undefined });
    return new SqliteConnection(own, timeouts);
  }

  async acquire(): Promise<Lease> {
    await this.myTurn();
    // A query runner for each transaction: a manager that a handler has kept must not reach into the next one.
    Object.assign(this.own.driver, { queryRunner: undefined });
    const runner = this.own.createQueryRunner();
    this.makePatient(runner);
    return {
      runner,
      release: () => {
        Object.assign(runner, { isReleased: true });
        this.turn.release();
      },
    };
  }

  close(): Promise<void> {
    return this.own.destroy();
  }

  private myTurn(): Promise<void> {
    return new Promise((resolve, reject) => {
      let giveUp = () => {};
      const timer = setTimeout(() => {
        giveUp();
        reject(new NoConnectionError(`The connection to SQLite did not come free within ${this.timeouts.acquire} ms`));
      }, this.timeouts.acquire);
      const look = () => {
        if (!this.turn.tryTake()) giveUp = this.turn.whenFree(look);
        else {
          clearTimeout(timer);
          resolve();
        }
      };
      look();
    });
  }

  private makePatient(runner: QueryRunner): void {
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
    runner.query = (async (...args: unknown[]) => {
      const deadline = performance.now() + this.timeouts.lock;
      for (;;) {
        try {
          return await query(...args);
        } catch (error) {
          if (!sqlite.isConflict(error) || performance.now() > deadline) throw error;
          await sleep(LOOK * (0.5 + Math.random()));
        }
      }
    }) as RunQuery;
  }
}
