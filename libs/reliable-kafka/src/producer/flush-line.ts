/** The messages between two flushes. It ends when they have their outcomes, and so have those before them. */
export class Stretch {
  #open = 0;
  #failed = 0;
  #cause: unknown;
  #older: Stretch | undefined;
  #emptied: (() => void) | undefined;
  #ended: Promise<void> | undefined;

  enter(): void {
    this.#open += 1;
  }

  /** One of its messages has come to its end. */
  leave(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#emptied?.();
  }

  /** One of its messages has come to a bad end, and nobody was told. */
  fail(cause: unknown): void {
    this.#count(1, cause);
    this.leave();
  }

  /** Nothing is entered any more. Resolves when it has ended; what became of `older`, which had not ended by now, counts here, too. */
  close(older?: Stretch): Promise<void> {
    this.#older = older;
    const emptied = this.#open === 0 ? undefined : new Promise<void>((resolve) => (this.#emptied = resolve));
    this.#ended = Promise.all([older && older.#ended, emptied]).then(() => {
      if (older && older.failed > 0) this.#count(older.failed, older.cause);
      this.#older = undefined;
    });
    return this.#ended;
  }

  /** Messages without an outcome. */
  get open(): number {
    let open = 0;
    for (const one of Stretch.#since(this)) open += one.#open;
    return open;
  }

  /** Messages that failed and of which nobody was told. */
  get failed(): number {
    let failed = 0;
    for (const one of Stretch.#since(this)) failed += one.#failed;
    return failed;
  }

  /** Why one of them failed. */
  get cause(): unknown {
    for (const one of Stretch.#since(this)) if (one.#failed > 0) return one.#cause;
    return undefined;
  }

  /** A stretch, and the older ones that had not ended when it was closed. */
  static *#since(stretch: Stretch): Iterable<Stretch> {
    for (let one: Stretch | undefined = stretch; one; one = one.#older) yield one;
  }

  #count(failed: number, cause: unknown): void {
    if (this.#failed === 0) this.#cause = cause;
    this.#failed += failed;
  }
}

/**
 * Knows when everything before a flush has its outcome, at the price of one number per message. A failure is told to the next flush, and to all that
 * wait at that moment.
 */
export class FlushLine {
  #current = new Stretch();
  /** Closed, and not yet ended; it ends after all before it. */
  #last: Stretch | undefined;

  /** Somebody waits. */
  get flushing(): boolean {
    return this.#last !== undefined;
  }

  /** One more message: it belongs to this stretch. */
  enter(): Stretch {
    this.#current.enter();
    return this.#current;
  }

  flush(): { readonly stretch: Stretch; readonly ended: Promise<void> } {
    const stretch = this.#current;
    const ended = stretch.close(this.#last).then(() => {
      if (this.#last === stretch) this.#last = undefined;
    });
    this.#current = new Stretch();
    this.#last = stretch;
    return { stretch, ended };
  }
}
