/** Preparations of sends, one after the other per topic, however long each one takes: so that sends leave in the order of the calls. */
export class Turns {
  /** The latest of each topic, while it lasts. */
  readonly #latest = new Map<string, Promise<unknown>>();

  /** Settles as `prepare` does. An earlier one that fails is its own caller's. */
  take<T>(topic: string, prepare: () => Promise<T>): Promise<T> {
    const mine = this.#latest.get(topic)?.then(prepare, prepare) ?? prepare();
    this.#latest.set(topic, mine);
    const done = () => {
      if (this.#latest.get(topic) === mine) this.#latest.delete(topic);
    };
    mine.then(done, done);
    return mine;
  }
}
