import { LessThan } from 'typeorm';
import { ReliableKafkaError } from '../contracts/index.js';
import type { Dialect } from './dialect.js';
import type { RowId } from './row-id.js';
import { MissingRowError } from './row-errors.js';
import type { RowTable } from './row-table.js';
import type { TypeormTransaction } from './typeorm-transaction.js';
import type { VersionMode, VersionVerdict } from './version-guard-version.js';
import { verdictOn } from './version-guard-version.js';

export interface VersionedRowsParts {
  readonly table: RowTable;
  readonly dialect: Dialect;
  /** As errors name it. */
  readonly entity: string;
  /** The property that holds the version. */
  readonly version: string;
  readonly mode: VersionMode;
  readonly onMissing: 'insert' | 'retry' | 'reject';
}

/** Where the row of a record is. At `current` it has just been moved to the record's version. */
export type Position =
  | { readonly verdict: Exclude<VersionVerdict, 'premature'> }
  | { readonly verdict: 'premature'; readonly stored: bigint }
  | { readonly verdict: 'rejected'; readonly reason: string };

/** Rows with a version, which moves forward only. */
export class VersionedRows {
  constructor(private readonly parts: VersionedRowsParts) {}

  /**
   * Moves a row to a record's version, if it is the version's turn. The statement changes the very column that it compares, so that databases which
   * count matched rows and those which count changed ones agree on it; where it finds no row, the row is locked and looked at.
   */
  async move(transaction: TypeormTransaction, id: RowId, version: bigint): Promise<Position> {
    if (await this.update(transaction, id, version)) return { verdict: 'current' };
    return (await this.lookedAt(transaction, id, version)) ?? this.moveMissing(transaction, id, version);
  }

  private update({ manager }: TypeormTransaction, id: RowId, version: bigint): Promise<boolean> {
    const { table, version: property, mode } = this.parts;
    const before = mode === 'next' ? version - 1n : LessThan(version);
    return table.update(manager, id, { [property]: before }, { [property]: version });
  }

  /** `undefined`: there is no row. */
  private async lookedAt(transaction: TypeormTransaction, id: RowId, version: bigint): Promise<Position | undefined> {
    const { table, entity, version: property, mode } = this.parts;
    const row = await table.readLocked(transaction.manager, id);
    if (!row) return undefined;
    const stored: bigint = row[property];
    const verdict = verdictOn(mode, version, stored);
    if (verdict === 'premature') return { verdict, stored };
    // It has been moved, or inserted, since the update looked. Now nobody else moves it.
    if (verdict === 'current' && !(await this.update(transaction, id, version)))
      throw new ReliableKafkaError(`${entity} '${id}' is locked at version ${stored}, and does not move to ${version}`);
    return { verdict };
  }

  private async moveMissing(transaction: TypeormTransaction, id: RowId, version: bigint): Promise<Position> {
    const { entity, mode, onMissing } = this.parts;
    const error = new MissingRowError(entity, id);
    if (onMissing === 'retry') throw error;
    if (onMissing === 'reject') return { verdict: 'rejected', reason: error.message };
    if (mode === 'next' && verdictOn(mode, version, 0n) === 'premature') return { verdict: 'premature', stored: 0n };
    return this.insert(transaction, id, version);
  }

  /** Somebody else may insert it first: then the row is there to be looked at, as soon as that one has committed. */
  private async insert(transaction: TypeormTransaction, id: RowId, version: bigint): Promise<Position> {
    const { table, dialect, version: property } = this.parts;
    try {
      await transaction.savepoint(async () => {
        await table.insert(transaction.manager, id, { [property]: version });
        return { commit: true, value: undefined };
      });
      return { verdict: 'current' };
    } catch (error) {
      const position = dialect.isDuplicateKey(error) && (await this.lookedAt(transaction, id, version));
      if (position) return position;
      throw error;
    }
  }
}
