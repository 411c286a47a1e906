import type { FencedPublisher, OutgoingRecord } from '../../contracts/index.js';
import { RefusedBatchError, RefusedRecordsError } from '../../contracts/index.js';
import type { NumberedRow } from './outbox-records.js';
import { recordOf } from './rows.js';

/** What one slot is published with. */
export interface SlotRelayParts {
  /** How many records are published together at most. */
  readonly most: number;
  /** The next ones, in order: so many at most. */
  read(most: number): Promise<readonly NumberedRow[]>;
  /** Whether the slot is still ours, by the database. */
  holds(): Promise<boolean>;
  /** Fences whoever published from this slot before. */
  open(): Promise<FencedPublisher>;
  remove(rows: readonly NumberedRow[]): Promise<void>;
  bury(row: NumberedRow, refusal: Error): Promise<void>;
  /** Tells of the `failures`-th failure in a row, and waits; not any longer once it is stopped. */
  failed(error: unknown, failures: number, stopped: AbortSignal): Promise<void>;
}

/**
 * Publishes what waits in one slot, in its order: reads, publishes, removes, and only then reads on. The publisher is opened before what it publishes
 * is read: what its predecessor has published by then and not removed comes once more, before anything newer, and nothing of it can come later.
 */
export class SlotRelay {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private isWoken = true;
  private ring: () => void = () => undefined;
  private publisher: FencedPublisher | undefined;
  /** Fewer than `most` while one of them is searched for that the broker refuses. */
  private limit: number;

  constructor(private readonly parts: SlotRelayParts) {
    this.limit = parts.most;
    this.ended = this.run();
  }

  /** Something may wait. */
  wake(): void {
    this.isWoken = true;
    this.ring();
  }

  /** Brings to an end what is being published, for `patience` ms, and then cuts it off. */
  async stop(patience: number): Promise<void> {
    this.stopping.abort();
    this.ring();
    const cut = setTimeout(() => void this.publisher?.close(), patience);
    await this.ended;
    clearTimeout(cut);
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.isStopped;) {
      if (!this.isWoken) await new Promise<void>((ring) => (this.ring = ring));
      this.isWoken = false;
      try {
        while (!this.isStopped && (await this.publishNext())) failures = 0;
      } catch (error) {
        await this.retire();
        this.isWoken = true;
        if (!this.isStopped) await this.parts.failed(error, ++failures, this.stopping.signal);
      }
    }
    await this.retire();
  }

  /** False: there is nothing to do. */
  private async publishNext(): Promise<boolean> {
    const { parts } = this;
    if (!this.publisher) {
      const [something] = await parts.read(1);
      if (!something || !(await parts.holds())) return false;
      this.publisher = await parts.open();
    }
    const rows = await parts.read(this.limit);
    if (rows.length === 0) {
      this.limit = parts.most;
      return false;
    }
    const records = new Map(rows.map((row) => [recordOf(row), row]));
    try {
      await this.publisher.publish([...records.keys()]);
    } catch (error) {
      await this.refused(error, records);
      return true;
    }
    await parts.remove(rows);
    return true;
  }

  /** Finds out which records are refused, and buries them. Throws what is no refusal. */
  private async refused(error: unknown, records: ReadonlyMap<OutgoingRecord, NumberedRow>): Promise<void> {
    if (error instanceof RefusedBatchError) {
      this.limit = Math.ceil(records.size / 2);
    } else if (error instanceof RefusedRecordsError) {
      for (const [record, refusal] of error.refused) await this.parts.bury(records.get(record)!, refusal);
      this.limit = this.parts.most;
    } else throw error;
    await this.retire();
  }

  private async retire(): Promise<void> {
    const { publisher } = this;
    this.publisher = undefined;
    await publisher?.close();
  }
}
