const SMALLEST = 16 * 1024;
const LARGEST = 1024 * 1024;

interface Segment {
  readonly start: number;
  readonly bytes: Buffer;
  used: number;
}

/**
 * One growing address space of bytes, kept in segments: a range is read as one view per segment, without copying, so
 * that thousands of small batches leave in a handful of pieces.
 */
export class ByteLog {
  private readonly segments: Segment[] = [];

  get end(): number {
    const last = this.segments.at(-1);
    return last ? last.start + last.used : 0;
  }

  /** Copies the bytes to the end and gives back their new home. */
  append(bytes: Buffer): Buffer {
    const segment = this.segmentFor(bytes.length);
    const home = segment.bytes.subarray(segment.used, segment.used + bytes.length);
    bytes.copy(home);
    segment.used += bytes.length;
    return home;
  }

  read(from: number, to: number): Buffer[] {
    const pieces: Buffer[] = [];
    for (let index = this.segmentAt(from); index < this.segments.length; index++) {
      const { start, bytes, used } = this.segments[index]!;
      if (start >= to) break;
      pieces.push(bytes.subarray(Math.max(0, from - start), Math.min(used, to - start)));
    }
    return pieces;
  }

  /** Forgets the segments that lie wholly below an address. */
  dropBefore(address: number): void {
    this.segments.splice(0, Math.max(0, this.segmentAt(address)));
  }

  private segmentFor(size: number): Segment {
    const last = this.segments.at(-1);
    if (last && last.bytes.length - last.used >= size) return last;
    const capacity = Math.max(size, last ? Math.min(LARGEST, last.bytes.length * 2) : SMALLEST);
    const next = { start: this.end, bytes: Buffer.allocUnsafeSlow(capacity), used: 0 };
    this.segments.push(next);
    return next;
  }

  private segmentAt(address: number): number {
    return Math.max(0, firstIndex(this.segments, (segment) => segment.start > address) - 1);
  }
}

/** Index of the first element that passes a test which all later ones pass too; the length when there is none. */
export function firstIndex<T>(sorted: readonly T[], passes: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
