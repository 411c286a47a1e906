import type { RecordHeaders } from '../../contracts/index.js';
import { MESSAGE_ID_HEADER } from '../../contracts/index.js';
import type { DeadRow } from './outbox-records.js';
import { recordOf } from './rows.js';

/** A record of the outbox that the broker refuses. */
export interface DeadOutboxRecord {
  /** Its number in the table, in the order of the commits of its key. */
  readonly sequence: number;
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Its `message-id`. */
  readonly id: string;
  readonly addedAt: Date;
  /** What the broker, or the client, said. */
  readonly reason: string;
}

export function deadRecord(row: DeadRow): DeadOutboxRecord {
  const { topic, key, value, headers } = recordOf(row);
  const id = String(headers[MESSAGE_ID_HEADER]);
  return { sequence: row.seq, topic, key, value, headers, id, addedAt: new Date(row.addedAt), reason: row.refusal };
}
