import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';
import type { StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import type { SettledOptions } from './options.js';
import { storeLabel } from './options.js';

/** In a variable, so that no compiler and no bundler asks for a package that need not be there. */
const PACKAGE = '@nestjs-cls/transactional';

/** What is used of a TransactionHost of that package; all of it is public there. */
interface TransactionHost {
  /** Outside of a transaction: the manager of the DataSource that it serves. */
  readonly tx: unknown;
  withTransaction<T>(propagation: 'REQUIRES_NEW', work: () => Promise<T>): Promise<T>;
}

/** Runs a handler so that the TransactionHost of `@nestjs-cls/transactional` has the claim's manager: `@Transactional()` code joins the claim. */
export class ClsTransactions {
  private readonly joining = new AsyncLocalStorage<EntityManager | undefined>();

  /** The host begins its transactions with `DataSource.transaction()`: the one that we ask it for is the one that we have. */
  constructor(
    private readonly host: TransactionHost,
    private readonly dataSource: DataSource,
  ) {
    const begin = dataSource.transaction.bind(dataSource) as (...args: unknown[]) => Promise<unknown>;
    dataSource.transaction = ((...args: unknown[]) => {
      const manager = this.joining.getStore();
      return manager ? (args.at(-1) as (manager: EntityManager) => unknown)(manager) : begin(...args);
    }) as DataSource['transaction'];
  }

  run<T>(manager: EntityManager, work: () => Promise<T>): Promise<T> {
    const alone = () => this.joining.run(undefined, work);
    return this.joining.run(manager, () => this.host.withTransaction('REQUIRES_NEW', alone));
  }

  end(): void {
    Reflect.deleteProperty(this.dataSource, 'transaction');
  }
}

/** `undefined` where the application does not have that package, or not for this DataSource. */
export async function findClsTransactions(
  options: SettledOptions,
  dataSource: DataSource,
  { resolve }: StoreContext,
): Promise<ClsTransactions | undefined> {
  const wanted = options.transactionHost !== undefined;
  const host = await findHost(options.transactionHost, resolve);
  if (host?.tx === dataSource.manager) return new ClsTransactions(host, dataSource);
  if (!wanted) return undefined;
  throw new ConfigurationError([
    {
      where: `${storeLabel(options)} transactionHost`,
      what: host ? 'it serves another DataSource' : 'the application has no such provider',
      remedy: `Give the token of the TransactionHost of ${PACKAGE} for this DataSource, or leave it out.`,
    },
  ]);
}

async function findHost(token: unknown, resolve: StoreContext['resolve']): Promise<TransactionHost | undefined> {
  try {
    return resolve(token ?? (await import(PACKAGE)).TransactionHost) as TransactionHost;
  } catch {
    return undefined;
  }
}
