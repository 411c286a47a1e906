import { setTimeout as delay } from 'node:timers/promises';

/** Waiting times for what must go on until it works: 0.3 s, doubled up to 10 s. */
export function pauseBefore(attempt: number): number {
  return Math.min(300 * 2 ** (attempt - 1), 10_000);
}

/** Repeats `work` until it succeeds or nobody wants it any more (then `undefined`). */
export async function untilDone<T>(
  wanted: () => boolean,
  work: () => Promise<T>,
  failed: (error: unknown, attempt: number) => void,
): Promise<T | undefined> {
  for (let attempt = 1; wanted(); attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!wanted()) return undefined;
      failed(error, attempt);
      await delay(pauseBefore(attempt));
    }
  }
  return undefined;
}

/** Waits for `work`, but no longer than `ms`; its failure counts as its end. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([
    work.catch(() => undefined),
    delay(ms, undefined, { signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
}
