import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type {
  ConfigurationProblem,
  GuardSetting,
  IdempotencyStore,
  InboxStore,
  LeaseStore,
  Log,
  ParkingStore,
  Probe,
} from '../../contracts/index.js';
import { ReliableKafkaError } from '../../contracts/index.js';

/** The stores of one module: instances as they were given, classes as the application provides them. Opened together, closed together, parking last. */
export class Stores {
  private readonly opened: IdempotencyStore[] = [];

  constructor(
    private readonly given: readonly (IdempotencyStore | Type<IdempotencyStore>)[],
    private readonly parking: ParkingStore | undefined,
    private readonly moduleRef: ModuleRef,
    private readonly log: Log,
  ) {}

  async open(): Promise<readonly ConfigurationProblem[]> {
    const problems: ConfigurationProblem[] = [];
    for (const one of this.given) {
      const store = typeof one === 'function' ? await this.provided(one) : one;
      problems.push(...this.clashes(store));
      // Before it is open: one that fails half-way has something to close, too.
      this.opened.push(store);
      problems.push(...(await store.open(this.context)));
    }
    return [...problems, ...((await this.parking?.open(this.context)) ?? [])];
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.opened.splice(0).map((store) => store.close()));
    await this.parking?.close();
  }

  readonly find = ((provides: 'inbox' | 'leases', name?: string) =>
    this.opened.find((store) => store.provides === provides && (name === undefined || store.name === name)) as
      (InboxStore & LeaseStore) | undefined) as GuardSetting['store'];

  /** Of those that can tell whether their database is down. */
  get probes(): readonly Probe[] {
    return this.opened.filter((store): store is IdempotencyStore & Probe => 'probe' in store && 'backend' in store);
  }

  private get context() {
    return { resolve: (token: unknown) => this.resolve(token), log: this.log };
  }

  /** A provider by its token, wherever in the application it is. */
  resolve(token: unknown): unknown {
    try {
      return this.moduleRef.get(token as Type, { strict: false });
    } catch (cause) {
      const name = typeof token === 'function' ? token.name : String(token);
      throw new ReliableKafkaError(`The application has no provider ${name}. List it in a module`, { cause });
    }
  }

  private async provided(store: Type<IdempotencyStore>): Promise<IdempotencyStore> {
    try {
      return this.moduleRef.get(store, { strict: false });
    } catch {
      return this.moduleRef.create(store);
    }
  }

  private clashes({ provides, name }: IdempotencyStore): ConfigurationProblem[] {
    if (!this.opened.some((store) => store.provides === provides && store.name === name)) return [];
    return [
      {
        where: 'idempotency',
        what: name === undefined ? `two stores of ${provides} have no name` : `two stores are named '${name}'`,
        remedy: 'Give each a name, and name it in the `store` of the guards.',
      },
    ];
  }
}
