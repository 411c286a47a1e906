import { EventEmitter, once } from 'node:events';
import type {
  AssignedPartition,
  ConsumedRecord,
  DrainReason,
  RecordBatch,
  RecordSource,
  SourceListener,
} from '../../libs/reliable-kafka/src/contracts/index.js';

/** What a record source told, in order. */
export type Told =
  | { readonly what: 'assigned'; readonly assignment: number; readonly partitions: readonly AssignedPartition[] }
  | { readonly what: 'records'; readonly batch: RecordBatch }
  | { readonly what: 'drain'; readonly reason: DrainReason }
  | { readonly what: 'revoked' }
  | { readonly what: 'lease'; readonly held: boolean };

/** A listener that writes down what it is told, answers as it was told to, and lets a test wait for what comes. */
export class StubListener implements SourceListener {
  readonly told: Told[] = [];
  readonly received: ConsumedRecord[] = [];
  assignment = 0;
  /** Where fetching begins. */
  positions: (partitions: readonly AssignedPartition[]) => bigint[] = (partitions) =>
    partitions.map(({ position }) => position);
  /** What a drain waits for. */
  onDrain: (reason: DrainReason) => Promise<void> = () => Promise.resolve();
  onRecord: (record: ConsumedRecord) => void = () => undefined;
  private readonly bell = new EventEmitter().setMaxListeners(0);

  assigned(assignment: number, partitions: readonly AssignedPartition[]): bigint[] {
    this.assignment = assignment;
    this.tell({ what: 'assigned', assignment, partitions });
    return this.positions(partitions);
  }

  records(batch: RecordBatch): void {
    for (const record of batch.records) {
      this.received.push(record);
      this.onRecord(record);
    }
    this.tell({ what: 'records', batch });
  }

  async drain(reason: DrainReason): Promise<void> {
    this.tell({ what: 'drain', reason });
    await this.onDrain(reason);
  }

  revoked(): void {
    this.tell({ what: 'revoked' });
  }

  leaseChanged(held: boolean): void {
    this.tell({ what: 'lease', held });
  }

  /** Waits until what was told so far makes `condition` true. */
  async until(condition: (told: readonly Told[]) => boolean): Promise<void> {
    while (!condition(this.told)) await once(this.bell, 'told');
  }

  /** Waits for the `nth` telling of this kind, and gives it back. */
  async nth<W extends Told['what']>(what: W, nth = 1): Promise<Extract<Told, { what: W }>> {
    await this.until(() => this.all(what).length >= nth);
    return this.all(what)[nth - 1]!;
  }

  all<W extends Told['what']>(what: W): Extract<Told, { what: W }>[] {
    return this.told.filter((event): event is Extract<Told, { what: W }> => event.what === what);
  }

  /** Waits for so many records, and gives back their values. */
  async values(count: number): Promise<string[]> {
    await this.until(() => this.received.length >= count);
    return this.received.map(({ value }) => String(value));
  }

  /** The order in which things happened, in words. */
  get order(): string[] {
    return this.told.filter(({ what }) => what !== 'records').map(({ what }) => what);
  }

  private tell(event: Told): void {
    this.told.push(event);
    this.bell.emit('told');
  }
}

/** Commits one offset for one partition under the listener's assignment. */
export function commitOne(
  source: RecordSource,
  listener: StubListener,
  topic: string,
  partition: number,
  offset: bigint,
  metadata = '',
) {
  return source.commit(listener.assignment, [{ topic, partition, offset, metadata }]);
}
