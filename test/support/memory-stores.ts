import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  Claim,
  GuardKey,
  InboxStore,
  InboxTransaction,
  LeaseStore,
  Verdict,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { Places } from '../../libs/reliable-kafka/src/flow/index.js';

export interface Row {
  readonly fingerprint: Buffer | undefined;
  reply: Buffer | undefined;
  /** Whose insert it is, until that is committed. */
  holder: MemoryTransaction | undefined;
}

/** An inbox as a database has it: rows with locks, effects, transactions with savepoints. */
export class MemoryInboxStore implements InboxStore {
  readonly provides = 'inbox';
  readonly rows = new Map<string, Row>();
  readonly effects: string[] = [];
  readonly current = new AsyncLocalStorage<MemoryTransaction>();
  readonly capacity: Places;
  /** What COMMIT does before anything is kept: rejects when it is to fail. */
  committing: () => Promise<void> = async () => {};
  private fence = 0n;

  constructor(
    readonly name?: string,
    places = 10,
  ) {
    this.capacity = new Places(places);
  }

  async open() {
    return [];
  }

  async close() {}

  async transaction<T>(work: (transaction: InboxTransaction) => Promise<Verdict<T>>): Promise<T> {
    const transaction = this.begin();
    try {
      const { commit, value } = await work(transaction);
      if (commit) await this.commit(transaction);
      else transaction.rollback();
      return value;
    } catch (error) {
      transaction.rollback();
      throw error;
    } finally {
      transaction.end();
    }
  }

  async nextFencingToken(): Promise<bigint> {
    return ++this.fence;
  }

  /** As a handler writes. */
  async write(effect: string): Promise<void> {
    const transaction = this.current.getStore();
    if (!transaction) throw new Error('There is no transaction here');
    transaction.write(effect);
  }

  begin(): MemoryTransaction {
    return new MemoryTransaction(this);
  }

  nameOf({ scope, key }: GuardKey): string {
    return JSON.stringify([scope, key]);
  }

  async commit(transaction: MemoryTransaction): Promise<void> {
    await this.committing();
    transaction.keep();
  }
}

export class MemoryTransaction implements InboxTransaction {
  private readonly undo: (() => void)[] = [];
  private readonly effects: string[] = [];
  private readonly claimed = new Set<Row>();
  end!: () => void;
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  constructor(readonly store: MemoryInboxStore) {}

  async claim(key: GuardKey, _retention?: number): Promise<Claim> {
    const { rows } = this.store;
    for (;;) {
      const row = rows.get(this.store.nameOf(key));
      if (!row) return this.insert(key);
      if (!row.holder) return { status: 'done', fingerprint: row.fingerprint, reply: row.reply };
      if (row.holder === this) throw new Error(`A transaction claims ${key.key} twice`);
      await row.holder.ended;
    }
  }

  async claimAll(keys: readonly GuardKey[], _retention?: number): Promise<readonly Claim[]> {
    const claims = new Map<GuardKey, Claim>();
    // In one order for all transactions, since two that wait for each other would wait for ever.
    for (const key of keys.toSorted((a, b) => (this.store.nameOf(a) < this.store.nameOf(b) ? -1 : 1)))
      claims.set(key, await this.claim(key));
    return keys.map((key) => claims.get(key)!);
  }

  async disclaim(keys: readonly GuardKey[]): Promise<void> {
    for (const key of keys) {
      const name = this.store.nameOf(key);
      const row = this.store.rows.get(name);
      if (row?.holder !== this) throw new Error(`${key.key} is no claim of this transaction`);
      this.store.rows.delete(name);
      this.undo.push(() => this.store.rows.set(name, row));
    }
  }

  async keepReply(key: GuardKey, reply: Buffer): Promise<void> {
    this.store.rows.get(this.store.nameOf(key))!.reply = reply;
  }

  async savepoint<T>(work: () => Promise<Verdict<T>>): Promise<T> {
    const savepoint = this.undo.length;
    try {
      const { commit, value } = await work();
      if (!commit) this.rollback(savepoint);
      return value;
    } catch (error) {
      this.rollback(savepoint);
      throw error;
    }
  }

  within<T>(work: () => Promise<T>): Promise<T> {
    return this.store.current.run(this, work);
  }

  write(effect: string): void {
    this.effects.push(effect);
    this.undo.push(() => this.effects.pop());
  }

  rollback(savepoint = 0): void {
    for (const undo of this.undo.splice(savepoint).toReversed()) undo();
  }

  keep(): void {
    for (const row of this.claimed) row.holder = undefined;
    this.store.effects.push(...this.effects);
  }

  insert(key: GuardKey): Claim {
    const name = this.store.nameOf(key);
    const row: Row = { fingerprint: key.fingerprint, reply: undefined, holder: this };
    this.store.rows.set(name, row);
    this.claimed.add(row);
    this.undo.push(() => this.store.rows.delete(name));
    return { status: 'claimed' };
  }
}

export interface Lease {
  readonly fingerprint: Buffer | undefined;
  /** Absent where another store has committed it. */
  readonly owner: string | undefined;
  until: number;
  done: { readonly reply: Buffer | undefined } | undefined;
}

/** Leases and a clock that goes when it is told to. */
export class MemoryLeaseStore implements LeaseStore {
  readonly provides = 'leases';
  readonly leases = new Map<string, Lease>();
  now = 0;

  constructor(readonly name?: string) {}

  async open() {
    return [];
  }

  async close() {}

  async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    const found = this.find(key);
    if (found?.done) return doneBy(found);
    if (found && found.owner !== owner) return { status: 'busy', retryInMs: found.until - this.now };
    this.keep(key, { owner, fingerprint: key.fingerprint, until: this.now + lease, done: undefined });
    return { status: 'claimed' };
  }

  async renew(key: GuardKey, owner: string, lease: number): Promise<boolean> {
    const found = this.find(key);
    if (!found || found.done || found.owner !== owner) return false;
    found.until = this.now + lease;
    return true;
  }

  async complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined): Promise<boolean> {
    const found = this.find(key);
    if (found?.owner !== owner) return false;
    if (!found.done) this.keep(key, { ...found, until: this.now + retention, done: { reply } });
    return true;
  }

  async release(key: GuardKey, owner: string): Promise<void> {
    const found = this.find(key);
    if (found?.owner === owner && !found.done) this.leases.delete(this.nameOf(key));
  }

  async recall(key: GuardKey) {
    const found = this.find(key);
    return found?.done && doneBy(found);
  }

  async remember(key: GuardKey, retention: number, reply: Buffer | undefined): Promise<void> {
    const { fingerprint } = key;
    this.keep(key, { owner: undefined, fingerprint, until: this.now + retention, done: { reply } });
  }

  nameOf({ scope, key }: GuardKey): string {
    return JSON.stringify([scope, key]);
  }

  find(key: GuardKey): Lease | undefined {
    const found = this.leases.get(this.nameOf(key));
    return found && found.until > this.now ? found : undefined;
  }

  keep(key: GuardKey, lease: Lease): void {
    this.leases.set(this.nameOf(key), lease);
  }
}

function doneBy({ fingerprint, done }: Lease) {
  return { status: 'done' as const, fingerprint, reply: done!.reply };
}
