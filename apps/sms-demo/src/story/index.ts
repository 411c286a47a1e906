import type { DemoOptions } from '../options.js';
import type { Message } from '../messages/index.js';
import { PhoneBook, type Platform } from '../platform/index.js';
import { ProgressBar } from '../progress-bar.js';
import { compareLatency } from './latency.js';
import { runMain } from './main-run.js';
import { optOut } from './opt-out.js';
import { type Report, reportOf } from './report.js';
import { measureThroughput } from './throughput.js';

export { type Report } from './report.js';
export { tables } from './tables.js';

/** Everything that the demo shows, on a platform whose dispatcher runs with concurrency 1. */
export async function tellStory(
  platform: Platform,
  messages: readonly Message[],
  options: DemoOptions,
): Promise<Report> {
  const phones = new PhoneBook();
  const { concurrency, latency: latencyMs } = options;
  const restart = options.kill ? 'SIGKILL' : 'SIGTERM';
  const { restarts } = options;
  const when = restarts === 1 ? 'after half of them' : `${restarts} times at random`;
  console.log(`Throughput: one message in flight, then ${concurrency}`);
  const throughput = await measureThroughput(platform, phones, { concurrency, latency: latencyMs });
  console.log('Latency: with the queue, and without it');
  const latency = await compareLatency(platform, phones);
  const stop = await optOut(platform);
  console.log(`Main run: ${messages.length} messages; ${when} the dispatcher gets ${restart}`);
  const main = await runMain(platform, messages, phones, { concurrency, signal: restart, restarts }, new ProgressBar());
  const optOutHonoured = await stop.check();
  const services = platform.services.kind;
  return reportOf({ services, latencyMs, concurrency, restart, restarts, main, latency, throughput, optOutHonoured });
}
