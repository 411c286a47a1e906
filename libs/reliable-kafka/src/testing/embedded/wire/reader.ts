import { MalformedRequest } from './malformed.js';

/**
 * Reads Kafka's primitive types from one request. A read beyond the end throws, so that a malformed request ends its
 * connection instead of being guessed at. Int64 values become numbers: every one that Kafka uses is a safe integer.
 */
export class Reader {
  constructor(
    private readonly buffer: Buffer,
    private position = 0,
  ) {}

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  int8(): number {
    return this.buffer.readInt8(this.advance(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4));
  }

  int64(): number {
    const at = this.advance(8);
    return this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.buffer.readUInt8(this.advance(1));
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new MalformedRequest('a varint of more than ten bytes');
  }

  /** Zigzag encoded. */
  varint(): number {
    const raw = this.unsignedVarint();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Buffer {
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  /** Tagged fields of flexible versions: none is known here, all are skipped. */
  skipTags(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.take(this.unsignedVarint());
    }
  }

  private advance(length: number): number {
    if (length < 0 || length > this.remaining)
      throw new MalformedRequest(`${length} bytes wanted, ${this.remaining} left`);
    const at = this.position;
    this.position += length;
    return at;
  }
}
