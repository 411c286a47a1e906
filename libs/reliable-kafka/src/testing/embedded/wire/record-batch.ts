import { crc32c } from './crc32c.js';
import { errors, type ErrorCode } from './errors.js';
import { Writer } from './writer.js';

/** Where the fields of a record batch (message format v2) lie. The checksum covers everything from the attributes on. */
const at = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

const LENGTH_COUNTS_FROM = 12;
const flags = { compression: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;
const NO_PRODUCER = -1;
const HIGHEST_SEQUENCE = 0x7fff_ffff;

export interface BatchHeader {
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number;
  readonly transactional: boolean;
  readonly control: boolean;
}

export const batchRecords = (batch: Buffer): Buffer => batch.subarray(at.records);
export const lastSequence = (first: number, delta: number): number => (first + delta) % (HIGHEST_SEQUENCE + 1);

export function batchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(at.attributes);
  const baseSequence = batch.readInt32BE(at.baseSequence);
  const lastOffsetDelta = batch.readInt32BE(at.lastOffsetDelta);
  return {
    lastOffsetDelta,
    baseTimestamp: Number(batch.readBigInt64BE(at.baseTimestamp)),
    maxTimestamp: Number(batch.readBigInt64BE(at.maxTimestamp)),
    producerId: Number(batch.readBigInt64BE(at.producerId)),
    producerEpoch: batch.readInt16BE(at.producerEpoch),
    baseSequence,
    lastSequence: baseSequence < 0 ? baseSequence : lastSequence(baseSequence, lastOffsetDelta),
    compression: attributes & flags.compression,
    transactional: (attributes & flags.transactional) !== 0,
    control: (attributes & flags.control) !== 0,
  };
}

/**
 * The one sound batch of format v2 that a producer may send for a partition, or what is wrong with its bytes. As in
 * Kafka a batch that was cut off behind it is ignored.
 */
export function soundBatch(bytes: Buffer | null): Buffer | ErrorCode {
  const batch = bytes && firstBatch(bytes);
  if (!batch) return errors.INVALID_RECORD;
  if (batch.length < at.records) return errors.CORRUPT_MESSAGE;
  if (batch.readInt8(at.magic) !== 2 || firstBatch(bytes.subarray(batch.length))) return errors.INVALID_RECORD;
  if (crc32c(batch.subarray(at.attributes)) !== batch.readUInt32BE(at.crc)) return errors.CORRUPT_MESSAGE;
  const { producerId, baseSequence, lastOffsetDelta, control } = batchHeader(batch);
  const count = batch.readInt32BE(at.count);
  const unnumbered = producerId !== NO_PRODUCER && baseSequence < 0;
  return control || unnumbered || count < 1 || count !== lastOffsetDelta + 1 ? errors.INVALID_RECORD : batch;
}

function firstBatch(bytes: Buffer): Buffer | undefined {
  if (bytes.length < at.crc) return undefined;
  const size = bytes.readInt32BE(at.length) + LENGTH_COUNTS_FROM;
  return size > bytes.length ? undefined : bytes.subarray(0, Math.max(size, LENGTH_COUNTS_FROM));
}

/** Gives a batch its place in the log. Both fields lie outside the checksum: the rest stays as the producer wrote it. */
export function placeBatch(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  batch.writeBigInt64BE(BigInt(baseOffset), at.baseOffset);
  batch.writeInt32BE(leaderEpoch, at.leaderEpoch);
}

/** Topics with `message.timestamp.type=LogAppendTime` carry the broker's time; this alone needs a new checksum. */
export function stampLogAppendTime(batch: Buffer, now: number): void {
  batch.writeInt16BE(batch.readInt16BE(at.attributes) | flags.logAppendTime, at.attributes);
  batch.writeBigInt64BE(BigInt(now), at.maxTimestamp);
  seal(batch);
}

export const hasLogAppendTime = (batch: Buffer): boolean =>
  (batch.readInt16BE(at.attributes) & flags.logAppendTime) !== 0;

/** The control batch that ends a producer's transaction in one partition. */
export function transactionMarker(producerId: number, producerEpoch: number, committed: boolean, now: number): Buffer {
  const key = Buffer.from([0, 0, 0, committed ? 1 : 0]);
  const value = Buffer.alloc(6);
  const record = new Writer();
  record.int8(0); // attributes
  record.varint(0); // timestamp delta
  record.varint(0); // offset delta
  for (const field of [key, value]) {
    record.varint(field.length);
    record.raw(field);
  }
  record.varint(0); // headers
  const body = Buffer.concat(record.finish());
  const prefix = new Writer();
  prefix.varint(body.length);
  const batch = Buffer.concat([Buffer.alloc(at.records), ...prefix.finish(), body]);
  batch.writeInt32BE(batch.length - LENGTH_COUNTS_FROM, at.length);
  batch.writeInt8(2, at.magic);
  batch.writeInt16BE(flags.transactional | flags.control, at.attributes);
  batch.writeBigInt64BE(BigInt(now), at.baseTimestamp);
  batch.writeBigInt64BE(BigInt(now), at.maxTimestamp);
  batch.writeBigInt64BE(BigInt(producerId), at.producerId);
  batch.writeInt16BE(producerEpoch, at.producerEpoch);
  batch.writeInt32BE(-1, at.baseSequence);
  batch.writeInt32BE(1, at.count);
  seal(batch);
  return batch;
}

function seal(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(at.attributes)), at.crc);
}
