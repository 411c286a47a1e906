export interface Clock {
  /** In ms since the epoch. */
  now(): number;
  /** Runs `ring` after `ms` milliseconds. The answer takes that back. */
  later(ms: number, ring: () => void): () => void;
}

/** Rings once, at the earliest of the moments that it was set to. */
export class Alarm {
  #at = Infinity;
  #cancel: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  set(at: number): void {
    if (at >= this.#at) return;
    this.#cancel();
    this.#at = at;
    this.#cancel = this.clock.later(Math.max(0, at - this.clock.now()), () => {
      this.#at = Infinity;
      this.ring();
    });
  }

  clear(): void {
    this.#cancel();
    this.#at = Infinity;
  }
}
