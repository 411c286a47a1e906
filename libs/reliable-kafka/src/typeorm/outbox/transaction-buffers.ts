import type { QueryRunner } from 'typeorm';
import type { RecordRow } from './sql/index.js';
import { TransactionBuffer } from './transaction-buffer.js';

type Buffer = TransactionBuffer<RecordRow | Promise<RecordRow>>;

/** What the transaction that runs on a connection has added. Whoever rolls back a part of it that TypeORM does not know of looks here, too. */
const buffers = new WeakMap<QueryRunner, Buffer>();

export function bufferOf(runner: QueryRunner): Buffer {
  let buffer = buffers.get(runner);
  if (!buffer) buffers.set(runner, (buffer = new TransactionBuffer()));
  return buffer;
}

export function knownBuffer(runner: QueryRunner): Buffer | undefined {
  return buffers.get(runner);
}

export function forgetBuffer(runner: QueryRunner): void {
  buffers.delete(runner);
}

/** Notes what has been added so far; the answer takes back whatever is added from now on. */
export function additionsFrom(runner: QueryRunner): () => void {
  const size = buffers.get(runner)?.size ?? 0;
  return () => buffers.get(runner)?.shrinkTo(size);
}

/** How many transactions are open on the connection, one inside the other. TypeORM keeps it to itself. */
export function depthOf(runner: QueryRunner): number {
  return (runner as unknown as { transactionDepth: number }).transactionDepth;
}
