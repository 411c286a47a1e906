/** A bound on how much of something is going on at once. Whoever finds it full waits without holding anything. */
export interface Capacity {
  /** Takes a place. False: there is none, see `whenFree`. */
  tryTake(): boolean;
  release(): void;
  /** Calls `fn` once when there may be a place again; first come, first called. The answer cancels it. */
  whenFree(fn: () => void): () => void;
}
