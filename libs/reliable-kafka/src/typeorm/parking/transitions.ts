import type { ParkedKey, ParkedRecord, ParkedState, ParkedUntil, TopicPartition } from '../../contracts/index.js';
import type { KeyRows } from './key-rows.js';
import type { RecordRows } from './record-rows.js';
import type { Run } from './statements.js';

/** What becomes of the rows of a partition, inside a transaction that holds its lock. */
export class Transitions {
  constructor(
    private readonly keys: KeyRows,
    private readonly records: RecordRows,
  ) {}

  async state(run: Run, partition: Buffer, position: bigint): Promise<Omit<ParkedState, 'owner'>> {
    const keys = await this.keys.counted(run, partition);
    return { keys, known: await this.records.from(run, partition, position) };
  }

  async rewind(run: Run, partition: Buffer, position: bigint): Promise<void> {
    await this.records.removeFrom(run, partition, position);
    await this.keys.releaseFrom(run, partition, position);
    await this.keys.removeEmpty(run, partition);
  }

  async park(run: Run, partition: Buffer, key: ParkedKey, records: readonly ParkedRecord[], until: ParkedUntil) {
    await this.insertKey(run, partition, key, until);
    await this.records.insert(run, partition, key, records);
    return this.records.count(run, partition, key);
  }

  async hold(run: Run, partition: Buffer, key: ParkedKey, dead: ParkedRecord, reason: string) {
    await this.insertKey(run, partition, key, { retryIn: 0, reason });
    await this.keys.hold(run, partition, key, dead.record.offset, reason);
    await this.records.insert(run, partition, key, [dead]);
    await this.records.bury(run, partition, key, dead);
    return this.records.count(run, partition, key);
  }

  async take(run: Run, partition: Buffer, key: ParkedKey, first: ParkedRecord, retryIn: number): Promise<boolean> {
    const row = await this.keys.find(run, partition, key);
    if (!row?.isDue || !(await this.records.isFirst(run, partition, key, first))) return false;
    await this.keys.beginRound(run, partition, key, row.rounds + 1, retryIn);
    return true;
  }

  async settle(run: Run, partition: Buffer, at: TopicPartition, key: ParkedKey, done: ParkedRecord, retryIn: number) {
    await this.records.finish(run, partition, key, done);
    const next = await this.records.first(run, partition, key, at);
    if (next) await this.keys.beginRound(run, partition, key, 1, retryIn);
    else await this.keys.remove(run, partition, key);
    return next;
  }

  /** A key that the dead letter holds goes on with its replay. */
  async replay(run: Run, partition: Buffer, key: ParkedKey, replay: ParkedRecord): Promise<void> {
    await this.insertKey(run, partition, key, { retryIn: 0, reason: 'A dead letter is replayed' });
    await this.keys.release(run, partition, key, replay.record.offset);
    await this.records.insert(run, partition, key, [replay]);
  }

  private async insertKey(run: Run, partition: Buffer, key: ParkedKey, until: ParkedUntil): Promise<void> {
    if (!(await this.keys.find(run, partition, key))) await this.keys.insert(run, partition, key, until);
  }
}
