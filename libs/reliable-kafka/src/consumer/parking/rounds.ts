import type { EmitEvent, ParkingStore } from '../../contracts/index.js';
import { partitionName } from '../../contracts/index.js';
import { after } from '../waiting.js';
import type { PartitionParking } from './partition-parking.js';

/** Keys of one process whose round is in hand at most: the first record of each is kept in memory. */
const MOST_ROUNDS = 64;

/**
 * Looks which keys are due, over all partitions of this process at once: from time to time, since any process may have put a dead letter there, and when
 * it is known that there is something to see.
 */
export class Rounds {
  private cancel: (() => void) | undefined;
  private at = Infinity;
  private looking = false;
  private closed = false;
  /** There was more than one look may bring. */
  private isMore = false;
  private isBlind = false;
  private readonly unwatch: () => void;

  constructor(
    private readonly store: ParkingStore,
    private readonly partitions: () => Iterable<PartitionParking>,
    private readonly emit: EmitEvent,
  ) {
    this.unwatch = store.whenChanged(() => this.within(0));
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
    this.unwatch();
  }

  /** Looks in `ms` ms at the latest. */
  within(ms: number): void {
    const at = performance.now() + ms;
    if (this.closed || at >= this.at) return;
    this.at = at;
    if (!this.looking) this.wait();
  }

  /** A round is over: there may be room for others. */
  ended(): void {
    if (this.isMore && this.inHand <= MOST_ROUNDS / 2) this.within(0);
  }

  private get inHand(): number {
    let rounds = 0;
    for (const partition of this.partitions()) rounds += partition.rounds;
    return rounds;
  }

  private wait(): void {
    this.cancel?.();
    this.cancel = after(Math.max(0, this.at - performance.now()), () => void this.lookAndWait());
  }

  private async lookAndWait(): Promise<void> {
    this.at = Infinity;
    this.looking = true;
    try {
      await this.look();
      this.isBlind = false;
    } catch (error) {
      if (!this.isBlind) this.emit({ type: 'parking-unseen', error });
      this.isBlind = true;
    }
    this.looking = false;
    this.within(this.store.lookEvery);
    if (!this.closed) this.wait();
  }

  private async look(): Promise<void> {
    const byName = new Map<string, PartitionParking>();
    for (const partition of this.partitions()) {
      await partition.sweep();
      if (partition.owner) byName.set(partitionName(partition.owner.topic, partition.owner.partition), partition);
    }
    const owners = [...byName.values()].flatMap(({ owner }) => owner ?? []);
    if (owners.length === 0 || this.inHand >= MOST_ROUNDS) return;
    const due = await this.store.due(owners, MOST_ROUNDS);
    this.isMore = due.length === MOST_ROUNDS;
    for (const one of due) {
      if (this.inHand >= MOST_ROUNDS) return;
      byName.get(partitionName(one.owner.topic, one.owner.partition))?.begin(one);
    }
  }
}
