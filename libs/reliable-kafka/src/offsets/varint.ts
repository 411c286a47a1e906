/** Unsigned LEB128, and bytes in growing order: what the commit metadata is written with. */
export class VarintWriter {
  readonly bytes: number[] = [];

  number(value: number): this {
    while (value >= 0x80) {
      this.bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    this.bytes.push(value);
    return this;
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
}

/** Reads what `VarintWriter` wrote; throws a RangeError at the end of the bytes. */
export class VarintReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.raw(1)[0]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('a number that no offset needs');
    return value;
  }

  rest(): Uint8Array {
    return this.raw(this.bytes.length - this.at);
  }

  raw(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('the bytes end too early');
    return this.bytes.subarray(this.at, (this.at += length));
  }
}
