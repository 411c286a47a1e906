/** Kafka's requests and answers travel as frames: four bytes that say how long the rest is, then the rest. */
const SIZE = 4;

/** Bytes of an answer that say which request it answers and whether it failed: size, correlation id, throttle time, error code. */
const HEAD = 14;

/** Gives back whole frames, however the writer sliced or joined them. A chunk that is one frame passes without a copy. */
export class FrameCutter {
  private rest: Buffer = Buffer.alloc(0);

  cut(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Buffer[] = [];
    let from = 0;
    while (bytes.length - from >= SIZE) {
      const to = from + SIZE + bytes.readInt32BE(from);
      if (to > bytes.length) break;
      frames.push(bytes.subarray(from, to));
      from = to;
    }
    this.rest = bytes.subarray(from);
    return frames;
  }
}

/** Shows the first bytes of each frame and skips the rest: a fetched megabyte costs as little as a heartbeat's answer. */
export class FrameHeads {
  private readonly head = Buffer.alloc(HEAD);
  private filled = 0;
  private skip = 0;

  /** The buffer given to `onHead` is used again for the next frame. */
  constructor(private readonly onHead: (head: Buffer) => void) {}

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.skip > 0) {
        const skipped = Math.min(this.skip, chunk.length - at);
        this.skip -= skipped;
        at += skipped;
      } else {
        const taken = chunk.copy(this.head, this.filled, at, at + this.wanted() - this.filled);
        this.filled += taken;
        at += taken;
        if (this.filled >= SIZE && this.filled === this.wanted()) this.finish();
      }
    }
  }

  private wanted(): number {
    return this.filled < SIZE ? SIZE : Math.min(HEAD, SIZE + this.head.readInt32BE(0));
  }

  private finish(): void {
    this.skip = SIZE + this.head.readInt32BE(0) - this.filled;
    this.onHead(this.head.subarray(0, this.filled));
    this.filled = 0;
  }
}
