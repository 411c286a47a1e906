import { setTimeout as pause } from 'node:timers/promises';
import type { Failpoint, Delivery, Message } from './message.js';
import { isAcknowledged, isFinal, type Outcome } from './outcome.js';
import type { Subject } from './subject.js';
import type { Worker } from './worker.js';

/** What can be asked of the world about a message. */
export interface Witnesses {
  /** How often the handler's effect happened: rows in its transaction, or calls to the receiver. */
  effects(subject: Subject, message: string): Promise<number>;
  /** What a receiver that de-duplicates made of the calls. */
  distinct(message: string): number;
}

const PATIENCE = 45_000;
let deliveries = 0;

/**
 * One message for one guarded handler, delivered as often as a scenario wants, and what must hold of it at the end. Every acknowledgement is checked
 * when it comes: an offset must not pass what has not happened.
 */
export class Trial {
  readonly outcomes: Outcome[] = [];
  private readonly broken: string[] = [];

  constructor(
    readonly world: Witnesses,
    readonly subject: Subject,
    readonly message: Message,
  ) {}

  make(at?: Failpoint, more: Partial<Delivery> = {}): Delivery {
    const number = ++deliveries;
    return { number, fetch: number, subject: this.subject.name, message: this.message, attempt: 1, at, ...more };
  }

  async deliver(worker: Worker, delivery: Delivery = this.make()): Promise<Outcome> {
    const outcome = await worker.deliver(delivery);
    this.outcomes.push(outcome);
    if (isAcknowledged(outcome) && (await this.effects()) === 0)
      this.broken.push(`acknowledged as ${outcome.kind} before its effect had happened`);
    return outcome;
  }

  /** Begins a delivery, and resolves when it stands at a failpoint. */
  async stopAt(worker: Worker, at: Failpoint): Promise<{ delivery: Delivery; outcome: Promise<Outcome> }> {
    const delivery = this.make(at);
    const outcome = this.deliver(worker, delivery);
    const early = outcome.then((outcome) => {
      throw new Error(`${this.subject.name} ended before ${at}: ${JSON.stringify(outcome)}`);
    });
    await Promise.race([worker.reached(delivery), early]);
    early.catch(() => undefined);
    return { delivery, outcome };
  }

  /** As `stopAt`, with as many deliveries as it takes. Without a `delivery` when it has an outcome instead: somebody else has handled it. */
  async stopAtLast(worker: Worker, at: Failpoint): Promise<{ delivery?: Delivery; outcome: Promise<Outcome> }> {
    for (;;) {
      const delivery = this.make(at);
      const outcome = this.deliver(worker, delivery);
      const ended = await Promise.race([outcome, worker.reached(delivery)]);
      if (!ended) return { delivery, outcome };
      if (isFinal(ended)) return { outcome };
      await pause(ended.kind === 'waiting' ? ended.delay : 50);
    }
  }

  /** As the consumer does: again and again until there is an outcome. `more.fetch`: goes on with a record that was fetched before. */
  async settle(worker: Worker, more: Partial<Delivery> = {}): Promise<Outcome> {
    const end = Date.now() + PATIENCE;
    const { fetch = ++deliveries } = more;
    for (let attempt = 1; ;) {
      const outcome = await this.deliver(worker, this.make(undefined, { ...more, fetch, attempt }));
      if (isFinal(outcome)) return outcome;
      if (Date.now() > end)
        throw new Error(`${this.subject.name}: no outcome, the last was ${JSON.stringify(outcome)}`);
      await pause(outcome.kind === 'waiting' ? outcome.delay : 50);
      if (outcome.kind !== 'waiting') attempt++;
    }
  }

  effects(): Promise<number> {
    return this.world.effects(this.subject, this.message.id);
  }

  /** What a scenario found. */
  violation(what: string): void {
    this.broken.push(what);
  }

  count(kind: Outcome['kind']): number {
    return this.outcomes.filter((outcome) => outcome.kind === kind).length;
  }

  /** What does not hold: nothing lost, nothing twice, nothing acknowledged before it was done. Delivers once more for it. */
  async violations(worker: Worker): Promise<string[]> {
    const before = await this.effects();
    if (before === 0) this.broken.push('lost: the effect never happened');
    if (this.subject.effect === 'written' && before > 1) this.broken.push(`duplicated: written ${before} times`);
    const distinct = this.world.distinct(this.message.id);
    if (this.subject.effect === 'called' && distinct > 1)
      this.broken.push(`duplicated: ${distinct} effects at a receiver that de-duplicates`);
    const again = await this.settle(worker);
    if (again.kind !== 'duplicate') this.broken.push(`forgotten: delivered again, it is ${again.kind}`);
    const after = await this.effects();
    if (after > before) this.broken.push('forgotten: it ran again');
    return [...new Set(this.broken)];
  }
}
