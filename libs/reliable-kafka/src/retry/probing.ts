import type { Backend } from '../contracts/index.js';
import { InfrastructureError } from '../contracts/index.js';

/** Enough to connect over a slow network; what takes longer is of no use to handlers. */
const PATIENCE = 5_000;

/** Asks a backend over a connection that is ended in any case. Rejects with what went wrong, and when there is no answer in time. */
export async function askInTime(backend: Backend, ask: () => Promise<unknown>, end: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new InfrastructureError(`${backend}: no answer to a probe within ${PATIENCE} ms`, { backend })),
      PATIENCE,
    );
  });
  try {
    await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
    end();
  }
}
