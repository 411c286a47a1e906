import type { Attempt, AttemptResult, GuardedCall, OpenGuard, Verdict } from '../contracts/index.js';
import { busy } from '../idempotency/index.js';
import { PrematureError } from './row-errors.js';
import type { ReadRowId, RowId } from './row-id.js';
import type { TypeormStore } from './typeorm-store.js';
import type { TypeormTransaction } from './typeorm-transaction.js';
import type { Patience } from './version-guard-patience.js';
import type { Position, VersionedRows } from './version-guard-rows.js';
import type { ReadVersion } from './version-guard-version.js';

export interface VersionRunsParts {
  readonly store: TypeormStore;
  readonly rows: VersionedRows;
  /** As errors name it. */
  readonly entity: string;
  readonly readId: ReadRowId;
  readonly readVersion: ReadVersion;
  readonly patience: Patience;
}

interface Early {
  readonly kind: 'early';
  readonly stored: bigint;
}

/** Each record in the transaction that moves its row to its version. */
export class VersionRuns implements OpenGuard {
  constructor(private readonly parts: VersionRunsParts) {}

  get capacity() {
    return this.parts.store.capacity;
  }

  async run(call: GuardedCall): Promise<AttemptResult> {
    const { store, readId, readVersion } = this.parts;
    const { record, payload } = call.attempt;
    const id = readId(payload, record);
    const version = readVersion(payload, record);
    const result = await store.transaction((transaction) => this.runIn(transaction, id, version, call));
    return result.kind === 'early' ? this.wait(call.attempt, id, version, result.stored) : result;
  }

  private async runIn(
    transaction: TypeormTransaction,
    id: RowId,
    version: bigint,
    call: GuardedCall,
  ): Promise<Verdict<AttemptResult | Early>> {
    const { rows, store } = this.parts;
    let position: Position;
    try {
      position = await rows.move(transaction, id, version);
    } catch (error) {
      if (store.dialect.isConflict(error)) return { commit: false, value: busy(0) };
      throw error;
    }
    switch (position.verdict) {
      case 'current': {
        const { result } = await transaction.within(() => call.execute({}));
        return { commit: result.kind === 'handled', value: result };
      }
      case 'premature':
        return { commit: false, value: { kind: 'early', stored: position.stored } };
      case 'rejected':
        return { commit: false, value: { kind: 'rejected', reason: position.reason } };
      default:
        return { commit: false, value: { kind: position.verdict } };
    }
  }

  /** For as long as somebody may bring the version before it. Throws `PrematureError` when nobody will. */
  private wait(attempt: Attempt, id: RowId, version: bigint, stored: bigint): AttemptResult {
    const { entity, patience } = this.parts;
    const place = `Version ${version} of ${entity} '${id}' comes too early: the row is at ${stored}`;
    const missing = this.behind(attempt, id, version, stored);
    if (missing !== undefined)
      throw new PrematureError(
        `${place}, and version ${missing} queues behind this record in its own lane, where it cannot overtake. ` +
          'Have the producer send the versions of a row in their order',
      );
    const delay = patience.wait(attempt.record);
    if (delay === undefined)
      throw new PrematureError(`${place}, and version ${stored + 1n} did not come within \`prematureFor\``);
    return { kind: 'waiting', reason: 'premature', delay };
  }

  /** A version between the row's and the record's, of a record that waits until this one is done. */
  private behind(attempt: Attempt, id: RowId, version: bigint, stored: bigint): bigint | undefined {
    for (const { record, payload } of attempt.behind()) {
      const found = this.versionOf(id, payload, record);
      if (found !== undefined && found > stored && found < version) return found;
    }
    return undefined;
  }

  /** `undefined`: it is about another row, or about none. */
  private versionOf(id: RowId, payload: unknown, record: Attempt['record']): bigint | undefined {
    try {
      return this.parts.readId(payload, record) === id ? this.parts.readVersion(payload, record) : undefined;
    } catch {
      return undefined;
    }
  }
}
