import { randomUUID } from 'node:crypto';
import type { Claim, GuardKey } from 'nestjs-reliable-kafka';
import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions, EntityManager } from 'typeorm';
import type { TypeormIdempotencyOptions, TypeormStore, TypeormTransaction } from 'nestjs-reliable-kafka/typeorm';
import { typeormIdempotency } from 'nestjs-reliable-kafka/typeorm';
import type { DatabaseKind, TestDatabase } from '../databases.js';

/** What handlers write in these tests. */
export interface Effect {
  id: string;
}

export const Effect = new EntitySchema<Effect>({
  name: 'effect',
  columns: { id: { type: String, length: 200, primary: true } },
});

export const log = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** A DataSource of an application, and stores on it, which end with it. */
export class StoreTest {
  private readonly ending: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {}

  static async on(kind: DatabaseKind, more: Partial<DataSourceOptions> = {}): Promise<StoreTest> {
    const database = await kind.make();
    const options = { ...database.options, entities: [Effect], synchronize: true, ...more } as DataSourceOptions;
    return new StoreTest(database, await new DataSource(options).initialize());
  }

  /** Opened; rejects with what is wrong with it. */
  async store(options: TypeormIdempotencyOptions = {}): Promise<TypeormStore> {
    const store = typeormIdempotency({ dataSource: this.dataSource, ...options });
    const problems = await store.open({ resolve: nothing, log });
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    this.ending.push(() => store.close());
    return store;
  }

  /** Another connection pool to the same database: another process, as far as the database knows. */
  async other(more: Partial<DataSourceOptions> = {}): Promise<DataSource> {
    const options = { ...this.dataSource.options, synchronize: false, ...more } as DataSourceOptions;
    const other = await new DataSource(options).initialize();
    this.ending.push(() => other.destroy());
    return other;
  }

  /** A store of another process, as far as the database knows. */
  async elsewhere(options: TypeormIdempotencyOptions = {}): Promise<TypeormStore> {
    return this.store({ ...options, dataSource: await this.other() });
  }

  /** As if so many milliseconds had passed since a key was claimed. */
  async age({ scope }: GuardKey, ms: number, manager: EntityManager = this.dataSource.manager): Promise<void> {
    const { type } = this.dataSource.options;
    const earlier: Record<string, string> = {
      postgres: `expires_at - interval '${ms} milliseconds'`,
      mariadb: `expires_at - INTERVAL ${ms * 1000} MICROSECOND`,
      'better-sqlite3': `strftime('%Y-%m-%d %H:%M:%f', expires_at, '-${ms / 1000} seconds')`,
    };
    await manager.query(`UPDATE ${this.inbox} SET expires_at = ${earlier[type]} WHERE scope = '${scope}'`);
  }

  async hasRowOf({ scope }: GuardKey): Promise<boolean> {
    const rows = await this.dataSource.query(`SELECT id FROM ${this.inbox} WHERE scope = '${scope}'`);
    return rows.length > 0;
  }

  get inbox(): string {
    return this.table('reliable_kafka_inbox');
  }

  table(name: string): string {
    const { schema } = this.dataSource.options as { schema?: string };
    return schema ? `${schema}.${name}` : name;
  }

  async effects(): Promise<string[]> {
    const rows = await this.dataSource.getRepository(Effect).find({ order: { id: 'ASC' } });
    return rows.map(({ id }) => id);
  }

  async end(): Promise<void> {
    for (const end of this.ending.toReversed()) await end();
    await this.dataSource.destroy();
    await this.database.end();
  }
}

function nothing(): never {
  throw new Error('There is no such provider');
}

/** A transaction in a place of the store's capacity, as guards run it. */
export async function transact<T>(
  store: TypeormStore,
  work: (transaction: TypeormTransaction) => Promise<{ commit: boolean; value: T }>,
): Promise<T> {
  await new Promise<void>((resolve) => {
    const look = () => (store.capacity.tryTake() ? resolve() : store.capacity.whenFree(look));
    look();
  });
  try {
    return await store.transaction(work);
  } finally {
    store.capacity.release();
  }
}

/** Sends SQL over a connection of its own, as a person at a console would. */
export async function fromOutside({ options }: DataSource, sql: string): Promise<void> {
  const console = await new DataSource({ ...options, synchronize: false } as DataSourceOptions).initialize();
  try {
    await console.query(sql);
  } finally {
    await console.destroy();
  }
}

/** One that no other test has used, with a scope of its own. */
export function newKey(more: Partial<GuardKey> = {}): GuardKey {
  return { scope: randomUUID(), key: 'key', fingerprint: undefined, ...more };
}

export const HOUR = 60 * 60 * 1000;

/** Claims a key, and commits that if it could. */
export async function claim(store: TypeormStore, key: GuardKey, retention = HOUR): Promise<Claim> {
  const [answer] = await claimAll(store, [key], retention);
  return answer!;
}

export function claimAll(store: TypeormStore, keys: readonly GuardKey[], retention = HOUR): Promise<readonly Claim[]> {
  return transact(store, async (transaction) => {
    const value = await transaction.claimAll(keys, retention);
    return { commit: value.some(({ status }) => status === 'claimed'), value };
  });
}

/** As a guard does that finds a key busy: asks until somebody has it. */
export async function insist(store: TypeormStore, key: GuardKey): Promise<Claim> {
  for (;;) {
    const answer = await claim(store, key);
    if (answer.status !== 'busy') return answer;
  }
}

/** Holds a transaction in which `work` is done, until it is let go. */
export async function holding(
  store: TypeormStore,
  work: (transaction: TypeormTransaction) => Promise<unknown>,
): Promise<(commit: boolean) => Promise<void>> {
  let go!: (commit: boolean) => void;
  const going = new Promise<boolean>((resolve) => (go = resolve));
  let done!: () => void;
  const doing = new Promise<void>((resolve) => (done = resolve));
  const held = transact(store, async (transaction) => {
    await work(transaction);
    done();
    return { commit: await going, value: undefined };
  });
  await Promise.race([doing, held]);
  return (commit) => {
    go(commit);
    return held;
  };
}
