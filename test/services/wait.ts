import { setTimeout as pause } from 'node:timers/promises';

export interface Bound {
  /** Milliseconds. */
  within: number;
  /** Throws when waiting on is pointless, for example because the process has ended. */
  unless?: () => Promise<void>;
}

/** Polls until `attempt` neither throws nor gives `false`; throws with the last failure as cause when the time is over. */
export async function until(what: string, attempt: () => Promise<unknown>, { within, unless }: Bound): Promise<void> {
  const deadline = Date.now() + within;
  for (;;) {
    await unless?.();
    let failure: unknown;
    try {
      if ((await attempt()) !== false) return;
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadline) {
      const because = failure instanceof Error ? `: ${failure.message}` : '';
      throw new Error(`${what}: not within ${within / 1000} s${because}`, { cause: failure });
    }
    await pause(100);
  }
}
