import type { Claim, GuardKey, InboxTransaction, Verdict } from '../../libs/reliable-kafka/src/contracts/index.js';
import { MemoryInboxStore, MemoryTransaction } from './memory-stores.js';

type Inbox = new () => MemoryInboxStore;
type Transaction = new (store: MemoryInboxStore) => MemoryTransaction;

/** An inbox whose transactions are these. */
const having = (Transaction: Transaction): Inbox =>
  class extends MemoryInboxStore {
    override begin() {
      return new Transaction(this);
    }
  };

/** An inbox that knows keys by another name. */
const naming = (nameOf: (key: GuardKey) => string): Inbox =>
  class extends MemoryInboxStore {
    override nameOf(key: GuardKey) {
      return nameOf(key);
    }
  };

/** Keys as some columns and collations see them. */
const seeing = (seen: (key: string) => string): Inbox => naming(({ scope, key }) => JSON.stringify([scope, seen(key)]));

const turn = (): Promise<void> => new Promise(setImmediate);

const commitsEachClaim = having(
  class extends MemoryTransaction {
    override async claim(key: GuardKey) {
      const claim = await super.claim(key);
      this.store.rows.get(this.store.nameOf(key))!.holder = undefined;
      return claim;
    }

    override rollback() {}
  },
);

const lowerCase = seeing((key) => key.toLowerCase());

/** Inboxes with one fault each, by the promises that they break. */
export const BROKEN_INBOXES: Readonly<Record<string, readonly Inbox[]>> = {
  'a new key is claimed, and done once that is committed': [
    class extends MemoryInboxStore {
      override async commit(transaction: MemoryTransaction) {
        transaction.rollback();
      }
    },
  ],
  'a done key tells the fingerprint of its claim': [
    having(
      class extends MemoryTransaction {
        override claim(key: GuardKey) {
          return super.claim({ ...key, fingerprint: undefined });
        }
      },
    ),
    having(
      class extends MemoryTransaction {
        override async claim(key: GuardKey): Promise<Claim> {
          const claim = await super.claim(key);
          return claim.status === 'done' ? { ...claim, fingerprint: key.fingerprint } : claim;
        }
      },
    ),
  ],
  'a done key tells the reply that was kept with it, whatever its size': [
    having(
      class extends MemoryTransaction {
        override async keepReply() {}
      },
    ),
    having(
      class extends MemoryTransaction {
        override keepReply(key: GuardKey, reply: Buffer) {
          return super.keepReply(key, reply.subarray(0, 65_535));
        }
      },
    ),
    having(
      class extends MemoryTransaction {
        override keepReply(key: GuardKey, reply: Buffer) {
          return super.keepReply(key, Buffer.from(reply.toString()));
        }
      },
    ),
  ],
  'effects within the transaction are committed with the claim': [
    having(
      class extends MemoryTransaction {
        override within<T>(work: () => Promise<T>) {
          return work();
        }
      },
    ),
  ],
  'a rollback frees the key and undoes the effects': [
    commitsEachClaim,
    having(
      class extends MemoryTransaction {
        override write(effect: string) {
          this.store.effects.push(effect);
        }
      },
    ),
  ],
  'work that rejects is rolled back, and the transaction rejects with its error': [
    class extends MemoryInboxStore {
      override transaction<T>(work: (transaction: InboxTransaction) => Promise<Verdict<T>>) {
        return super.transaction<T>((transaction) =>
          work(transaction).catch(() => ({ commit: false, value: undefined as T })),
        );
      }
    },
    class extends MemoryInboxStore {
      override async transaction<T>(work: (transaction: InboxTransaction) => Promise<Verdict<T>>) {
        let failure: unknown;
        const value = await super.transaction<T>((transaction) =>
          work(transaction).catch((error: unknown) => {
            failure = error;
            return { commit: true, value: undefined as T };
          }),
        );
        if (failure) throw failure;
        return value;
      }
    },
  ],
  'nothing is kept when the COMMIT fails, and the transaction rejects': [
    class extends MemoryInboxStore {
      override commit(transaction: MemoryTransaction) {
        return super.commit(transaction).catch(() => transaction.rollback());
      }
    },
    class extends MemoryInboxStore {
      override async commit(transaction: MemoryTransaction) {
        transaction.keep();
        transaction.rollback = () => {};
        await this.committing();
      }
    },
  ],
  'a key that another transaction holds is claimed when that one rolls back': [
    having(
      class extends MemoryTransaction {
        override async claim(key: GuardKey): Promise<Claim> {
          const isThere = this.store.rows.has(this.store.nameOf(key));
          return isThere ? { status: 'done', fingerprint: undefined, reply: undefined } : super.claim(key);
        }
      },
    ),
  ],
  'a key that another transaction holds is done when that one commits': [
    having(
      class extends MemoryTransaction {
        override async claim(key: GuardKey): Promise<Claim> {
          return this.store.rows.get(this.store.nameOf(key))?.holder ? this.insert(key) : super.claim(key);
        }
      },
    ),
  ],
  'of many at once, one has the key': [
    having(
      class extends MemoryTransaction {
        override async claim(key: GuardKey): Promise<Claim> {
          const isThere = this.store.rows.has(this.store.nameOf(key));
          await turn();
          return isThere ? super.claim(key) : this.insert(key);
        }
      },
    ),
  ],
  'keys that look alike are different keys': [
    lowerCase,
    seeing((key) => key.slice(0, 191)),
    seeing((key) => key.trimEnd()),
    seeing((key) => key.normalize()),
    seeing((key) => key.normalize('NFD').replaceAll(/\p{M}/gu, '')),
    seeing((key) => key.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?')),
    seeing((key) => key.split('\u0000')[0]!),
  ],
  'scopes are apart': [
    naming(({ key }) => key),
    ...['', '/', ':', '\n'].map((separator) => naming(({ scope, key }) => `${scope}${separator}${key}`)),
  ],
  'fencing tokens grow, where there are any': [
    class extends MemoryInboxStore {
      override async nextFencingToken() {
        return 1n;
      }
    },
    class extends MemoryInboxStore {
      private tokens = 1_000n;

      override async nextFencingToken() {
        return --this.tokens;
      }
    },
  ],
  'claimAll answers in the order of the keys, also where some are done': [
    having(
      class extends MemoryTransaction {
        override async claimAll(keys: readonly GuardKey[]) {
          const claims = await super.claimAll(keys);
          return claims.toSorted((a, b) => (a.status < b.status ? -1 : 1));
        }
      },
    ),
    having(
      class extends MemoryTransaction {
        override async claimAll(keys: readonly GuardKey[]): Promise<readonly Claim[]> {
          const done = keys.find((key) => this.store.rows.has(this.store.nameOf(key)));
          if (!done) return super.claimAll(keys);
          return keys.map(() => ({ status: 'done', fingerprint: undefined, reply: undefined }));
        }
      },
    ),
  ],
  'claimAll claims hundreds of keys, as many as there are': [
    having(
      class extends MemoryTransaction {
        override claimAll(keys: readonly GuardKey[]) {
          return super.claimAll(keys.slice(0, 100));
        }
      },
    ),
  ],
  'claimAll knows keys that look alike for different ones': [lowerCase],
  'batches over the same keys, in different orders, all come to their ends': [
    having(
      class extends MemoryTransaction {
        /** Asks first what is there, and trusts the answer when it inserts. */
        override async claimAll(keys: readonly GuardKey[]): Promise<readonly Claim[]> {
          const isThere = keys.map((key) => this.store.rows.has(this.store.nameOf(key)));
          await turn();
          return Promise.all(
            keys.map(async (key, i) => {
              const claim = await super.claim(key);
              if (claim.status === 'done' && !isThere[i]) throw new Error('duplicate key');
              return claim;
            }),
          );
        }
      },
    ),
  ],
  'a rollback frees all keys of a batch': [commitsEachClaim],
  'disclaimed keys are free, and the others of the transaction are done': [
    having(
      class extends MemoryTransaction {
        override async disclaim() {}
      },
    ),
    having(
      class extends MemoryTransaction {
        override async disclaim() {
          this.rollback();
        }
      },
    ),
  ],
  'a savepoint that is not to be kept erases what was done in it, and nothing else': [
    having(
      class extends MemoryTransaction {
        override async savepoint<T>(work: () => Promise<Verdict<T>>) {
          return (await work()).value;
        }
      },
    ),
    having(
      class extends MemoryTransaction {
        override rollback() {
          super.rollback();
        }
      },
    ),
  ],
  'a savepoint whose work rejects erases what was done in it, and rejects with its error': [
    having(
      class extends MemoryTransaction {
        override savepoint<T>(work: () => Promise<Verdict<T>>) {
          return super.savepoint<T>(() => work().catch(() => ({ commit: false, value: undefined as T })));
        }
      },
    ),
    having(
      class extends MemoryTransaction {
        override async savepoint<T>(work: () => Promise<Verdict<T>>) {
          let failure: unknown;
          const value = await super.savepoint<T>(() =>
            work().catch((error: unknown) => {
              failure = error;
              return { commit: true, value: undefined as T };
            }),
          );
          if (failure) throw failure;
          return value;
        }
      },
    ),
  ],
};
