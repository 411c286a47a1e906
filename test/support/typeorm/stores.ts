import { DataSource, EntitySchema } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
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
  async other(): Promise<DataSource> {
    const other = await new DataSource({
      ...this.dataSource.options,
      synchronize: false,
    } as DataSourceOptions).initialize();
    this.ending.push(() => other.destroy());
    return other;
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
