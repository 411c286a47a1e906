export interface Bounds {
  readonly records: number;
  readonly bytes: number;
}

interface Waiter {
  readonly bytes: number;
  admit(): void;
  refuse(error: unknown): void;
}

/**
 * Room for so many records and so many of their bytes. Who finds none waits: first come, first served, also where a smaller one behind would
 * fit. A record that is larger than all of the room has it for itself.
 */
export class Room {
  #records = 0;
  #bytes = 0;
  readonly #waiting: Waiter[] = [];

  constructor(private readonly bounds: Bounds) {}

  get records(): number {
    return this.#records;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Somebody waits. */
  get crowded(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes room for one record: at once (`undefined`), or when the promise resolves. */
  take(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#enter(bytes);
      return undefined;
    }
    return new Promise((admit, refuse) => this.#waiting.push({ bytes, admit, refuse }));
  }

  release(bytes: number): void {
    this.#records -= 1;
    this.#bytes -= bytes;
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.bytes)) {
      const next = this.#waiting.shift()!;
      this.#enter(next.bytes);
      next.admit();
    }
  }

  /** Nobody waits any more: they are refused. */
  abandon(error: unknown): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(error);
  }

  #fits(bytes: number): boolean {
    return this.#records === 0 || (this.#records < this.bounds.records && this.#bytes + bytes <= this.bounds.bytes);
  }

  #enter(bytes: number): void {
    this.#records += 1;
    this.#bytes += bytes;
  }
}
