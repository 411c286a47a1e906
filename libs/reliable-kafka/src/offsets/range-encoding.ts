import { VarintReader, VarintWriter } from './varint.js';

/** Rising half-open ranges as bytes: gaps and lengths as varints, or one bit an offset, whichever is shorter. */
const RUNS = 0;
const BITS = 1;

export interface EncodedRanges {
  readonly bytes: readonly number[];
  /** Bytes that all ranges would have taken; beyond twice the room it is told no more exactly. */
  readonly wanted: number;
}

/** Encodes as many of the ranges, from the lowest up, as fit into `room` bytes. */
export function encodeRanges(bounds: readonly number[], room: number): EncodedRanges {
  const runs = encodeRuns(bounds, room);
  const last = bounds.at(-1) ?? 0;
  const bitBytes = 1 + Math.ceil(last / 8);
  const wanted = Math.min(runs.wanted, bitBytes);
  const covered = wanted <= room ? last : Math.max(runs.covered, (room - 1) * 8);
  const runsDo = runs.covered >= covered && (runs.wanted <= bitBytes || bitBytes > room);
  return { bytes: runsDo ? runs.bytes : encodeBits(bounds, room), wanted };
}

function encodeRuns(bounds: readonly number[], room: number) {
  const writer = new VarintWriter().number(RUNS);
  let [previous, covered, kept] = [0, 0, writer.bytes.length];
  for (let i = 0; i < bounds.length && writer.bytes.length <= room * 2; i += 2) {
    writer.number(bounds[i]! - previous).number(bounds[i + 1]! - bounds[i]!);
    previous = bounds[i + 1]!;
    if (writer.bytes.length <= room) [covered, kept] = [previous, writer.bytes.length];
  }
  return { bytes: writer.bytes.slice(0, kept), wanted: writer.bytes.length, covered };
}

function encodeBits(bounds: readonly number[], room: number): number[] {
  const bytes = [BITS];
  for (let i = 0; i < bounds.length; i += 2) {
    for (let offset = bounds[i]!; offset < bounds[i + 1]!; offset++) {
      const at = 1 + (offset >> 3);
      if (at >= room) return bytes;
      while (bytes.length <= at) bytes.push(0);
      bytes[at]! |= 1 << (offset & 7);
    }
  }
  return bytes;
}

export function decodeRanges(bytes: Uint8Array): number[] {
  const reader = new VarintReader(bytes);
  switch (reader.number()) {
    case RUNS:
      return decodeRuns(reader);
    case BITS:
      return decodeBits(bytes.subarray(1));
    default:
      throw new RangeError('an unknown way to write ranges');
  }
}

function decodeRuns(reader: VarintReader): number[] {
  const bounds: number[] = [];
  let previous = 0;
  while (!reader.isAtEnd) {
    const from = previous + reader.number();
    previous = from + reader.number();
    bounds.push(from, previous);
  }
  return bounds;
}

function decodeBits(bytes: Uint8Array): number[] {
  const bounds: number[] = [];
  let open = false;
  for (let offset = 0; offset < bytes.length * 8; offset++) {
    const done = ((bytes[offset >> 3]! >> (offset & 7)) & 1) === 1;
    if (done !== open) {
      bounds.push(offset);
      open = done;
    }
  }
  if (open) bounds.push(bytes.length * 8);
  return bounds;
}
