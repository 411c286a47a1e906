import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  IdempotencyGuard,
  IdempotencyStore,
  InboxStore,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import type { Delivery, Failpoint } from './message.js';

/** Whether a delivery that was stopped goes on as if nothing had been, or fails there. */
export type Passing = 'go' | 'fail';

/** Told when a delivery has come to its failpoint; it goes on when the promise is resolved. */
export type Reached = (delivery: Delivery) => Promise<Passing>;

/**
 * The places where a delivery can be stopped, made around guards, stores and handlers: the library has none of its own. Which delivery comes by is known
 * from its asynchronous context.
 */
export class Failpoints {
  private readonly current = new AsyncLocalStorage<Delivery>();
  private readonly stopped = new Set<number>();

  constructor(private readonly reached: Reached) {}

  during<T>(delivery: Delivery, work: () => Promise<T>): Promise<T> {
    return this.current.run(delivery, work);
  }

  /** Stops the delivery that is under way here if it is to stop here. Once: work may be done again, as after a deadlock. */
  async pass(point: Failpoint): Promise<void> {
    const delivery = this.current.getStore();
    if (delivery?.at !== point || this.stopped.has(delivery.number)) return;
    this.stopped.add(delivery.number);
    if ((await this.reached(delivery)) === 'fail') throw new Error(`told to fail at ${point}`);
  }

  /** A guard that passes `before-claim` and `after-completion`. */
  around(guard: IdempotencyGuard): IdempotencyGuard {
    return {
      ...guard,
      open: async (setting) => {
        const opened = await guard.open(setting);
        return {
          capacity: opened.capacity,
          run: async (call) => {
            await this.pass('before-claim');
            const result = await opened.run(call);
            await this.pass('after-completion');
            return result;
          },
        };
      },
    };
  }

  /** Lets the transactions of an inbox pass `before-commit` and `after-commit`. */
  tap<S extends IdempotencyStore>(store: S): S {
    if (isInbox(store)) this.tapTransactions(store);
    return store;
  }

  private tapTransactions(store: InboxStore): void {
    const transaction = store.transaction.bind(store);
    store.transaction = async (work) => {
      const value = await transaction(async (inbox) => {
        const verdict = await work(inbox);
        if (verdict.commit) await this.pass('before-commit');
        return verdict;
      });
      await this.pass('after-commit');
      return value;
    };
  }
}

function isInbox(store: IdempotencyStore): store is IdempotencyStore & InboxStore {
  return store.provides === 'inbox';
}
