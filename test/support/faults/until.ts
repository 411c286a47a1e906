import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 30_000;
const LOOK = 20;

/** Looks again and again until it is so. The patience is for what hangs, not for what is slow. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + PATIENCE;
  do {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(LOOK);
  } while (!(await isSo()));
}
