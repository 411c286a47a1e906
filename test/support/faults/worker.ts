import type { Passing } from './failpoints.js';
import type { Delivery } from './message.js';
import type { Outcome } from './outcome.js';

/** Something that guarded handlers run in: this process, or another one. */
export interface Worker {
  deliver(delivery: Delivery): Promise<Outcome>;
  /** Resolves when the delivery has come to its failpoint. */
  reached(delivery: Delivery): Promise<void>;
  /** Lets it go on from there. */
  pass(delivery: Delivery, how?: Passing): void;
  end(): Promise<void>;
}

/** Deliveries that stand at their failpoints, and those who wait for that. */
export class Stops {
  private readonly stops = new Map<number, { readonly arrived: Gate; readonly passing: Gate<Passing> }>();

  /** From the place where the delivery stops. */
  arrive(delivery: Delivery): Promise<Passing> {
    const { arrived, passing } = this.of(delivery);
    arrived.open();
    return passing.opened;
  }

  reached(delivery: Delivery): Promise<void> {
    return this.of(delivery).arrived.opened;
  }

  pass(delivery: Delivery, how: Passing): void {
    this.of(delivery).passing.open(how);
  }

  private of({ number }: Delivery) {
    let stop = this.stops.get(number);
    if (!stop) this.stops.set(number, (stop = { arrived: gate(), passing: gate<Passing>() }));
    return stop;
  }
}

interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
