import { setTimeout as wait } from 'node:timers/promises';
import type { EmitEvent, FencedPublishers, Log } from '../../contracts/index.js';
import { MESSAGE_ID_HEADER } from '../../contracts/index.js';
import { exponential, parseHeaders } from '../../retry/index.js';
import type { Query } from '../dialect.js';
import type { NumberedRow, OutboxRecords } from './outbox-records.js';
import type { Slot, SlotLeases } from './slot-leases.js';
import { SlotRelay } from './slot-relay.js';

/** What is published together, in one transaction: as much as the producer puts into one request. */
const MOST = { records: 500, bytes: 900_000 };
/** Milliseconds for what is being published when the relay is stopped. */
const PATIENCE = 10_000;

export interface RelayParts {
  readonly leases: SlotLeases;
  readonly records: OutboxRecords;
  readonly publishers: FencedPublishers;
  readonly owner: string;
  /** Milliseconds. */
  readonly lease: number;
  readonly pollEvery: number;
  withQuery<T>(work: (query: Query) => Promise<T>): Promise<T>;
  readonly emit: EmitEvent;
  readonly log: Log;
}

/** Publishes from the slots that are its share: so many relays, so many parts. */
export class Relay {
  private readonly slots = new Map<number, SlotRelay>();
  private readonly stopping = new AbortController();
  private readonly backoff = exponential(100, { max: 5_000 });
  private running: Promise<unknown> | undefined;
  /** Relays of slots that others have now. */
  private readonly ending = new Set<Promise<void>>();

  constructor(private readonly parts: RelayParts) {}

  start(): void {
    const { lease, leases, pollEvery } = this.parts;
    this.running = Promise.all([
      // Apart from the share, which may have to wait for what is being published.
      this.every(lease / 3, () => this.parts.withQuery((query) => leases.announce(query))),
      this.every(lease / 3, () => this.keepShare()),
      this.every(pollEvery, () => this.poll()),
    ]);
  }

  /** This process has committed records to these slots. */
  wake(slots: Iterable<number>): void {
    for (const slot of slots) this.slots.get(slot)?.wake();
  }

  /** Brings to an end what is being published, and leaves the slots to others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all([...this.ending, ...[...this.slots.values()].map((slot) => slot.stop(PATIENCE))]);
    this.slots.clear();
    await this.parts
      .withQuery((query) => this.parts.leases.leave(query))
      .catch((error: unknown) => this.parts.log.warn(`The outbox's slots are free when their lease is over: ${error}`));
  }

  private async every(ms: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const pause = await work().then(
        () => ((failures = 0), ms),
        (error: unknown) => {
          this.parts.log.warn(`The outbox could not look into its database, which is tried again: ${String(error)}`);
          return Math.min(ms, this.backoff(++failures));
        },
      );
      await wait(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Takes or gives up slots until it has its share. */
  private async keepShare(): Promise<void> {
    const { leases } = this.parts;
    await this.parts.withQuery((query) => leases.announce(query));
    const { slots, relays } = await this.parts.withQuery((query) => leases.count(query));
    const share = Math.ceil(slots / Math.max(1, relays));
    await this.settle(await this.parts.withQuery((query) => leases.own(query)));
    for (const slot of [...this.slots.keys()].slice(share)) await this.giveUp(slot);
    if (this.slots.size < share) await this.takeUp(share);
  }

  /** Publishes from the slots that are its own, and from no other. */
  private async settle(own: readonly Slot[]): Promise<void> {
    for (const slot of own) if (!this.slots.has(slot.slot)) this.slots.set(slot.slot, this.relayOf(slot));
    const lost = [...this.slots].filter(([number]) => !own.some(({ slot }) => slot === number));
    for (const [number] of lost) this.slots.delete(number);
    // Whoever has them now has fenced what is under way.
    for (const [, relay] of lost) this.end(relay);
  }

  private end(relay: SlotRelay): void {
    const ending = relay.stop(0).finally(() => this.ending.delete(ending));
    this.ending.add(ending);
  }

  private async giveUp(slot: number): Promise<void> {
    const relay = this.slots.get(slot)!;
    this.slots.delete(slot);
    await relay.stop(PATIENCE);
    await this.parts.withQuery((query) => this.parts.leases.release(query, slot));
  }

  private async takeUp(share: number): Promise<void> {
    const { leases } = this.parts;
    const free = await this.parts.withQuery((query) => leases.free(query));
    let missing = share - this.slots.size;
    for (const slot of shuffled(free)) {
      if (missing <= 0) break;
      if (await this.parts.withQuery((query) => leases.take(query, slot))) missing -= 1;
    }
    await this.settle(await this.parts.withQuery((query) => leases.own(query)));
  }

  private async poll(): Promise<void> {
    const { records, owner } = this.parts;
    if (this.slots.size > 0) this.wake(await this.parts.withQuery((query) => records.waiting(query, owner)));
  }

  private relayOf({ slot, name }: Slot): SlotRelay {
    const { leases, records, publishers, withQuery, emit } = this.parts;
    return new SlotRelay({
      most: MOST.records,
      read: (most) => withQuery((query) => records.next(query, slot, { records: most, bytes: MOST.bytes })),
      holds: () => withQuery((query) => leases.holds(query, slot)),
      open: () => publishers.open(name),
      remove: (rows) => withQuery((query) => records.remove(query, slot, rows)),
      bury: async (row, refusal) => {
        await withQuery((query) => records.bury(query, slot, row, String(refusal)));
        emit(death(row, refusal));
      },
      failed: async (error, failures, signal) => {
        const retryInMs = Math.round(this.backoff(failures));
        emit({ type: 'outbox-failed', slot, error, retryInMs });
        await wait(retryInMs, undefined, { signal }).catch(() => undefined);
      },
    });
  }
}

function death({ seq, topic, headers }: NumberedRow, refusal: Error) {
  const id = String(parseHeaders(headers)?.[MESSAGE_ID_HEADER]);
  return { type: 'outbox-record-dead', topic, id, sequence: seq, reason: refusal.message } as const;
}

/** So that relays that start together do not all begin with the same one. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
