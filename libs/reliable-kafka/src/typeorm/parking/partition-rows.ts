import type { ParkedPartition } from '../../contracts/index.js';
import type { Dialect } from '../dialect.js';
import { partitionId } from './row-ids.js';
import type { Run, Sql } from './statements.js';
import { list, raw, sql } from './statements.js';
import type { ParkingTableNames } from './tables.js';

/** The table of partitions: their locks, and the epochs of their owners. */
export class PartitionRows {
  readonly table: Sql;

  constructor(
    private readonly dialect: Dialect,
    { partitions }: ParkingTableNames,
  ) {
    this.table = raw(partitions);
  }

  /** Locks the row until the transaction ends, and answers its epoch. Makes it when it is not there. */
  async lock(run: Run, partition: ParkedPartition): Promise<bigint> {
    return (await this.locked(run, partition)) ?? (await this.made(run, partition));
  }

  /** The row is locked. */
  async setEpoch(run: Run, partition: ParkedPartition, epoch: bigint): Promise<void> {
    await run(sql`UPDATE ${this.table} SET epoch = ${Number(epoch)} WHERE id = ${partitionId(partition)}`);
  }

  /** Writes nothing, and fails where nothing can be written. */
  async tryWriting(run: Run): Promise<void> {
    await run(sql`UPDATE ${this.table} SET epoch = epoch WHERE 1 = 0`);
  }

  private async locked(run: Run, partition: ParkedPartition): Promise<bigint | undefined> {
    // In SQLite a transaction that writes is the only one that does.
    const lock = raw(this.dialect.name === 'sqlite' ? '' : 'FOR UPDATE');
    const { records } = await run(sql`SELECT epoch FROM ${this.table} WHERE id = ${partitionId(partition)} ${lock}`);
    return records[0] && BigInt(records[0].epoch);
  }

  private async made(run: Run, partition: ParkedPartition): Promise<bigint> {
    const row = [partitionId(partition), partition.group, partition.topic, partition.partition, 0];
    // MySQL's ways to ignore a duplicate ignore more than that.
    const ignoring = raw(this.dialect.name === 'mysql' ? '' : 'ON CONFLICT DO NOTHING');
    try {
      await run(
        sql`INSERT INTO ${this.table} (id, group_id, topic, topic_partition, epoch) VALUES ${list([row])} ${ignoring}`,
      );
    } catch (error) {
      if (!this.dialect.isDuplicateKey(error)) throw error;
    }
    return (await this.locked(run, partition))!;
  }
}
