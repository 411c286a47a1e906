/** Lets the event loop turn after so many steps: who never waits for anything else would keep timers, sockets and heartbeats waiting. */
export class Pace {
  #steps = 0;
  #rest: Promise<void> | undefined;

  constructor(
    private readonly steps: number,
    private readonly defer: (go: () => void) => void,
  ) {}

  /** A promise when it is time for a rest. */
  step(): Promise<void> | undefined {
    this.#steps += 1;
    if (this.#steps < this.steps) return undefined;
    return (this.#rest ??= new Promise((go) =>
      this.defer(() => {
        this.#steps = 0;
        this.#rest = undefined;
        go();
      }),
    ));
  }
}
