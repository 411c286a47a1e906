import { Reader, Writer, crc32c } from '../../libs/reliable-kafka/src/testing/embedded/index.js';

const HEADER = 61;
const CHECKED_FROM = 21;

export interface BatchOptions {
  readonly timestamps?: readonly number[];
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
}

export interface SeenRecord {
  readonly offset: number;
  readonly value: string;
}

export interface SeenBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly producerId: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly maxTimestamp: number;
  readonly records: readonly SeenRecord[];
}

/** One record batch of format v2, uncompressed, as a producer would send it. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const timestamps = options.timestamps ?? values.map(() => Date.now());
  const base = timestamps[0] ?? 0;
  const records = values.map((value, index) => record(index, timestamps[index]! - base, value));
  const batch = Buffer.concat([Buffer.alloc(HEADER), ...records]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(options.transactional ? 0x10 : 0, 21);
  batch.writeInt32BE(values.length - 1, 23);
  batch.writeBigInt64BE(BigInt(base), 27);
  batch.writeBigInt64BE(BigInt(Math.max(...timestamps)), 35);
  batch.writeBigInt64BE(BigInt(options.producerId ?? -1), 43);
  batch.writeInt16BE(options.producerEpoch ?? -1, 51);
  batch.writeInt32BE(options.baseSequence ?? -1, 53);
  batch.writeInt32BE(values.length, 57);
  return sealed(batch);
}

/** With the right checksum for whatever the bytes say now. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), 17);
  return batch;
}

/** What a fetch brought: every whole batch, with its records when they are not compressed. */
export function batchesIn(bytes: Buffer | null): SeenBatch[] {
  const seen: SeenBatch[] = [];
  for (let rest = bytes ?? Buffer.alloc(0); rest.length >= HEADER;) {
    const end = 12 + rest.readInt32BE(8);
    if (rest.length < end) break;
    seen.push(batchIn(rest.subarray(0, end)));
    rest = rest.subarray(end);
  }
  return seen;
}

function batchIn(batch: Buffer): SeenBatch {
  const baseOffset = Number(batch.readBigInt64BE(0));
  const attributes = batch.readInt16BE(21);
  const reader = new Reader(batch.subarray(HEADER));
  const count = (attributes & 7) === 0 ? batch.readInt32BE(57) : 0;
  return {
    baseOffset,
    lastOffset: baseOffset + batch.readInt32BE(23),
    leaderEpoch: batch.readInt32BE(12),
    producerId: Number(batch.readBigInt64BE(43)),
    transactional: (attributes & 0x10) !== 0,
    control: (attributes & 0x20) !== 0,
    maxTimestamp: Number(batch.readBigInt64BE(35)),
    records: Array.from({ length: count }, () => recordIn(new Reader(reader.take(reader.varint())), baseOffset)),
  };
}

function record(delta: number, timestampDelta: number, value: string): Buffer {
  const body = new Writer();
  const bytes = Buffer.from(value);
  body.int8(0);
  body.varint(timestampDelta);
  body.varint(delta);
  body.varint(-1); // no key
  body.varint(bytes.length);
  body.raw(bytes);
  body.varint(0); // no headers
  const whole = Buffer.concat(body.finish());
  const prefix = new Writer();
  prefix.varint(whole.length);
  return Buffer.concat([...prefix.finish(), whole]);
}

function recordIn(reader: Reader, baseOffset: number): SeenRecord {
  reader.int8();
  reader.varint();
  const offset = baseOffset + reader.varint();
  const keyLength = reader.varint();
  if (keyLength > 0) reader.take(keyLength);
  return { offset, value: reader.take(Math.max(0, reader.varint())).toString() };
}
