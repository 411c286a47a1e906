import { once } from 'node:events';
import { createServer } from 'node:net';
import { config } from './config.js';
import { until } from './wait.js';

/** Runs `work` while no other process on this machine does. A listening port is the lock: it cannot outlive its holder. */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  let held = createServer();
  const take = async () => {
    held = createServer().listen(config.lockPort, config.host);
    await once(held, 'listening');
  };
  await until(`the lock on port ${config.lockPort}, held by another start or stop of the services`, take, {
    within: 300_000,
  });
  try {
    return await work();
  } finally {
    await new Promise((done) => held.close(done));
  }
}
