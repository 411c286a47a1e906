import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 30_000;

/** Looks again and again until it is so. The patience is for what hangs, not for what is slow. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE; !(await isSo()); await pause(20))
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
}
