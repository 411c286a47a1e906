const LARGE = 4096;

/** Writes Kafka's primitive types. Large byte strings are passed on by reference, so that a fetch copies no records. */
export class Writer {
  private readonly done: Buffer[] = [];
  private current = Buffer.allocUnsafe(512);
  private used = 0;

  int8(value: number): void {
    const at = this.reserve(1);
    this.current.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.reserve(2);
    this.current.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.reserve(4);
    this.current.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.reserve(8);
    this.current.writeInt32BE(Math.floor(value / 0x1_0000_0000), at);
    this.current.writeUInt32BE(value >>> 0, at + 4);
  }

  unsignedVarint(value: number): void {
    for (; value >= 0x80; value = Math.floor(value / 128)) this.byte((value % 128) | 0x80);
    this.byte(value);
  }

  /** Zigzag encoded. */
  varint(value: number): void {
    this.unsignedVarint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  raw(bytes: Buffer): void {
    if (bytes.length >= LARGE) {
      this.seal();
      this.done.push(bytes);
    } else {
      const at = this.reserve(bytes.length);
      bytes.copy(this.current, at);
    }
  }

  /** Everything written, in order, as the pieces to hand to a socket. */
  finish(): Buffer[] {
    this.seal();
    return this.done;
  }

  private byte(value: number): void {
    const at = this.reserve(1);
    this.current.writeUInt8(value, at);
  }

  /** Where the next bytes go in `current`, which it may replace: call it before `current` is looked at. */
  private reserve(length: number): number {
    if (this.used + length > this.current.length) {
      this.seal();
      this.current = Buffer.allocUnsafe(Math.max(LARGE, length));
    }
    const at = this.used;
    this.used += length;
    return at;
  }

  private seal(): void {
    if (this.used > 0) this.done.push(this.current.subarray(0, this.used));
    this.current = this.current.subarray(this.used);
    this.used = 0;
  }
}
