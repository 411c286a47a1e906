import { feed } from '../feed.js';
import { generateEvenly } from '../messages/index.js';
import { type PhoneBook, type Platform } from '../platform/index.js';
import { settled } from '../wait.js';

/** So few that concurrency 1 is done in a few seconds. */
const ALONE = 100;
const TOGETHER = 600;
const IN_FLIGHT = 32;

export interface Throughput {
  readonly messages: number;
  readonly concurrency: number;
  /** Messages per second, from the first arrival at the operator to the last. */
  readonly rate: number;
  /** What the operator's latency alone would allow: concurrency / latency. */
  readonly limit: number;
}

/**
 * The dispatcher's rate through a backlog of messages spread over many users, with one in flight and with many.
 * Expects a dispatcher that runs with concurrency 1; leaves one that runs with `concurrency`.
 */
export async function measureThroughput(
  platform: Platform,
  phones: PhoneBook,
  { concurrency, latency }: { concurrency: number; latency: number },
): Promise<Throughput[]> {
  const sample = async (messages: number, inFlight: number, drain: () => Promise<void>): Promise<Throughput> => {
    const known = (await platform.journal.summary()).accepted;
    const client = platform.client('sample');
    const input = generateEvenly(messages, messages, `throughput${inFlight}-`);
    await feed(input, (message) => client.submit(message, phones.numberOf(message.userId)), { inFlight: IN_FLIGHT });
    await drain();
    await settled(
      () => platform.journal.summary(),
      ({ accepted }) => accepted >= known + messages,
      50,
    );
    const arrivals = (await platform.journal.everything()).arrivals.slice(known);
    const seconds = (arrivals[arrivals.length - 1].at - arrivals[0].at) / 1000;
    return {
      messages,
      concurrency: inFlight,
      rate: (arrivals.length - 1) / seconds,
      limit: (1000 * inFlight) / latency,
    };
  };
  const alone = await sample(ALONE, 1, async () => {});
  await platform.stopDispatcher();
  return [alone, await sample(TOGETHER, concurrency, () => platform.startDispatcher(concurrency))];
}
