import { services } from '../services/index.js';
import { type Outcome, ran } from './outcome.js';
import { ring, type RingOptions } from './parts.js';

/** The real ring, when all services can be had. When it is required, not running counts as a failure. */
export async function realRing(options: RingOptions, required: boolean): Promise<Outcome> {
  const started = Date.now();
  const outcome = { ...(await onServices(() => ring('real', options))), took: Date.now() - started };
  return required && !ran(outcome) ? { ...outcome, failed: 1 } : outcome;
}

/** Starts what is not up, and stops that much afterwards. */
async function onServices(run: () => Promise<Outcome>): Promise<Outcome> {
  const mine = (await services.status()).filter(({ up }) => !up).map(({ name }) => name);
  try {
    if (mine.length > 0) console.log(`\n> services: starting ${mine.join(', ')}`);
    const missing = (await services.up(mine)).filter(({ up }) => !up);
    if (missing.length === 0) return await run();
    for (const { name, why } of missing) console.log(`${name}: ${why}`);
    const why = missing.map(({ name, why }) => `${name}: ${why.split('\n')[0]}`).join('; ');
    return { name: 'real', passed: 0, failed: 0, skipped: 0, took: 0, why };
  } finally {
    await services.down(mine);
  }
}
