import type { TcpProxy } from '../../tcp-proxy.js';
import type { Failpoint } from '../message.js';
import { isAcknowledged } from '../outcome.js';
import type { Trial } from '../trial.js';
import type { Worker } from '../worker.js';

/** What is asked after a failpoint arrives and is done, and its answer is lost with the connection. */
export async function loseReply(trial: Trial, worker: Worker, proxy: TcpProxy, after: Failpoint): Promise<void> {
  const { delivery, outcome } = await trial.stopAt(worker, after);
  const lost = proxy.dropNextReply();
  worker.pass(delivery);
  const [first] = await Promise.all([outcome, lost]);
  if (!isAcknowledged(first)) await trial.settle(worker, { fetch: delivery.fetch, headers: delivery.headers });
}
