import { setTimeout as delay } from 'node:timers/promises';

const STALLED_AFTER = 60_000;

/**
 * Reads again and again until `done`, and resolves with the last value: also when nothing has changed for a minute,
 * so that what is missing can be told.
 */
export async function settled<T>(read: () => Promise<T>, done: (value: T) => boolean, every = 200): Promise<T> {
  let value = await read();
  for (let changed = Date.now(); !done(value) && Date.now() - changed < STALLED_AFTER;) {
    await delay(every);
    const next = await read();
    if (JSON.stringify(next) !== JSON.stringify(value)) changed = Date.now();
    value = next;
  }
  return value;
}
