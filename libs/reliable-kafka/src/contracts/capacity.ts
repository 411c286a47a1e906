/** A bound on how much of something is going on at once. Whoever finds it full waits without holding anything. */
export interface Capacity {
  /** Takes a place. False: there is none, see `whenFree`. */
  tryTake(): boolean;
  release(): void;
  /**
   * Calls `fn` once when there may be a place again; first come, first called. The answer takes that back; of one who was called and cannot take the
   * place any more, it hands the call on to the next.
   */
  whenFree(fn: () => void): () => void;
}
