import { OffsetSet } from './offset-set.js';
import type { RestoredProgress } from './offset-tracker.js';
import { decodeRanges, encodeRanges } from './range-encoding.js';
import type { ProgressSnapshot } from './snapshot.js';
import { VarintReader, VarintWriter } from './varint.js';

/** Marks our metadata, and its version, among whatever else may stand there. */
const MAGIC = 'rk1.';
/** Kafka's default for `offset.metadata.max.bytes`. */
export const METADATA_LIMIT = 4096;

/** A section is a tag, a length and so many bytes: a reader skips the tags that it does not know. */
const COMPLETED = 1;
const ATTEMPTS = 2;

export interface EncodedProgress {
  readonly text: string;
  /** The share of the limit that everything would have taken; above 1 the highest part was left out. */
  readonly fill: number;
}

/**
 * Writes what is completed above the watermark, per handler name, into the metadata of a commit, so that after a crash nothing of it runs again.
 * Never longer than the limit: what does not fit keeps its lowest part, and attempts travel only where room is left.
 */
export function encodeProgress(
  snapshot: ProgressSnapshot,
  handlers: readonly string[],
  limit = METADATA_LIMIT,
): EncodedProgress {
  const room = Math.floor(((limit - MAGIC.length) * 3) / 4);
  const writer = new VarintWriter();
  let wanted = 0;
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
  return { text: MAGIC + Buffer.from(writer.bytes).toString('base64url'), fill: wanted / room };
}

/** Reads the metadata of a commit at `watermark`. Foreign or damaged text is no progress, never an error. */
export function decodeProgress(
  text: string,
  watermark: bigint,
  handlers: readonly string[],
): RestoredProgress | undefined {
  if (!text.startsWith(MAGIC)) return undefined;
  const completed: (OffsetSet | undefined)[] = handlers.map(() => undefined);
  const attempts = handlers.map(() => new Map<bigint, number>());
  try {
    const reader = new VarintReader(Buffer.from(text.slice(MAGIC.length), 'base64url'));
    while (!reader.isAtEnd) {
      const tag = reader.number();
      const body = new VarintReader(reader.raw(reader.number()));
      if (tag !== COMPLETED && tag !== ATTEMPTS) continue;
      const handler = handlers.indexOf(Buffer.from(body.raw(body.number())).toString());
      if (handler < 0) continue;
      if (tag === COMPLETED) completed[handler] = new OffsetSet(watermark, decodeRanges(body.rest()));
      else while (!body.isAtEnd) attempts[handler]!.set(watermark + BigInt(body.number()), body.number());
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return { completed, attempts: (offset, handler) => attempts[handler]!.get(offset) ?? 0 };
}

/** A tag and a length of two bytes. */
const SECTION_OVERHEAD = 3;

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
