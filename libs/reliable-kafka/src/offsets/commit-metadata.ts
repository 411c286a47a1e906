import { crc32 } from 'node:zlib';
import { decodeRanges, encodeRanges } from './range-encoding.js';
import type { AttemptCount, CrashNotes, ProgressSnapshot, Suspect } from './snapshot.js';
import { VarintReader, VarintWriter } from './varint.js';

/** Marks our metadata, and its version, among whatever else may stand there. */
const MAGIC = 'rk1.';
/** Kafka's default for `offset.metadata.max.bytes`. */
export const METADATA_LIMIT = 4096;
const CHECKSUM_BYTES = 4;

/** A section is a tag, a length and so many bytes: a reader skips the tags that it does not know. */
const COMPLETED = 1;
const ATTEMPTS = 2;
const STARTS = 3;
const SUSPECTS = 4;
/** A tag, and a length of two bytes at most. */
const SECTION_OVERHEAD = 3;

export interface EncodedProgress {
  readonly text: string;
  /** The share of the limit that all completed offsets would have taken; above 1 the highest part was left out. */
  readonly fill: number;
}

/**
 * Writes what is completed above the watermark, per handler name, into the metadata of a commit, so that after a crash nothing of it runs again; and
 * who may be to blame for the crash. Never longer than the limit: what does not fit keeps its lowest part, and attempts travel only where room is left.
 */
export function encodeProgress(
  snapshot: ProgressSnapshot,
  handlers: readonly string[],
  limit = METADATA_LIMIT,
): EncodedProgress {
  const room = Math.floor(((limit - MAGIC.length) * 3) / 4) - CHECKSUM_BYTES;
  const writer = new VarintWriter();
  if (snapshot.crashes) writeCrashes(writer, snapshot.crashes, room);
  let wanted = writer.bytes.length;
  handlers.forEach((name, handler) => {
    const bounds = snapshot.completed[handler]!;
    if (bounds.length === 0) return;
    const head = sectionHead(name);
    const share =
      Math.floor((room - writer.bytes.length) / (handlers.length - handler)) - head.length - SECTION_OVERHEAD;
    const ranges = encodeRanges(bounds, Math.max(share, 1));
    wanted += head.length + SECTION_OVERHEAD + ranges.wanted;
    if (share > 1) section(writer, COMPLETED, [...head, ...ranges.bytes]);
  });
  handlers.forEach((name, handler) => writeAttempts(writer, snapshot, name, handler, room));
  if (writer.bytes.length === 0) return { text: '', fill: wanted / room };
  const body = Buffer.from(writer.bytes);
  return { text: MAGIC + seal(body, snapshot.watermark).toString('base64url'), fill: wanted / room };
}

/** Reads the metadata of a commit at `watermark`. Foreign or damaged text, and what was written for another offset, is no progress, never an error. */
export function decodeProgress(
  text: string,
  watermark: bigint,
  handlers: readonly string[],
): ProgressSnapshot | undefined {
  const body = text.startsWith(MAGIC)
    ? unseal(Buffer.from(text.slice(MAGIC.length), 'base64url'), watermark)
    : undefined;
  if (!body) return undefined;
  const completed: (readonly number[])[] = handlers.map(() => []);
  const attempts: AttemptCount[] = [];
  let starts = 0;
  let suspects: Suspect[] = [];
  try {
    const reader = new VarintReader(body);
    while (!reader.isAtEnd) {
      const tag = reader.number();
      const body = new VarintReader(reader.raw(reader.number()));
      if (tag === STARTS) starts = body.number();
      if (tag === SUSPECTS) suspects = readSuspects(body);
      if (tag !== COMPLETED && tag !== ATTEMPTS) continue;
      const handler = handlers.indexOf(Buffer.from(body.raw(body.number())).toString());
      if (handler < 0) continue;
      if (tag === COMPLETED) completed[handler] = decodeRanges(body.rest());
      else while (!body.isAtEnd) attempts.push({ offset: body.number(), handler, attempts: body.number() });
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const progress = { watermark, completed, attempts };
  return starts > 0 || suspects.length > 0 ? { ...progress, crashes: { starts, suspects } } : progress;
}

/**
 * A checksum over the bytes and the offset that they belong to. Ranges that were read wrongly, or beside another offset (tools that move offsets
 * between clusters copy the metadata as it is), would let records pass that nobody has handled.
 */
function seal(body: Buffer, watermark: bigint): Buffer {
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(body, crc32(String(watermark))));
  return Buffer.concat([checksum, body]);
}

function unseal(bytes: Buffer, watermark: bigint): Buffer | undefined {
  const body = bytes.subarray(CHECKSUM_BYTES);
  return seal(body, watermark).equals(bytes) ? body : undefined;
}

function section(writer: VarintWriter, tag: number, bytes: readonly number[]): void {
  writer.number(tag).number(bytes.length).raw(bytes);
}

function sectionHead(name: string): number[] {
  const bytes = Buffer.from(name);
  return new VarintWriter().number(bytes.length).raw(bytes).bytes;
}

function writeAttempts(
  writer: VarintWriter,
  snapshot: ProgressSnapshot,
  name: string,
  handler: number,
  room: number,
): void {
  const body = new VarintWriter().raw(sectionHead(name));
  const empty = body.bytes.length;
  for (const { offset, handler: whose, attempts } of snapshot.attempts) {
    if (whose !== handler) continue;
    const entry = new VarintWriter().number(offset).number(attempts).bytes;
    if (writer.bytes.length + SECTION_OVERHEAD + body.bytes.length + entry.length > room) break;
    body.raw(entry);
  }
  if (body.bytes.length > empty) section(writer, ATTEMPTS, body.bytes);
}

function writeCrashes(writer: VarintWriter, { starts, suspects }: CrashNotes, room: number): void {
  const head = new VarintWriter().number(starts).bytes;
  if (starts > 0 && SECTION_OVERHEAD + head.length <= room) section(writer, STARTS, head);
  const body = new VarintWriter();
  let previous = 0;
  for (const { offset, crashes, isRunning } of suspects) {
    const entry = new VarintWriter().number(offset - previous).number(crashes * 2 + (isRunning ? 1 : 0)).bytes;
    if (writer.bytes.length + SECTION_OVERHEAD + body.bytes.length + entry.length > room) break;
    body.raw(entry);
    previous = offset;
  }
  if (body.bytes.length > 0) section(writer, SUSPECTS, body.bytes);
}

function readSuspects(body: VarintReader): Suspect[] {
  const suspects: Suspect[] = [];
  for (let offset = 0; !body.isAtEnd;) {
    offset += body.number();
    const crashes = body.number();
    suspects.push({ offset, crashes: Math.floor(crashes / 2), isRunning: crashes % 2 === 1 });
  }
  return suspects;
}
