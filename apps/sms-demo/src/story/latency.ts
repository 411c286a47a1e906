import { feed } from '../feed.js';
import { generateEvenly, type Message } from '../messages/index.js';
import { type GatewayClient, type PhoneBook, type Platform } from '../platform/index.js';

/** The known example: 20 ms of work before the queue, 100 ms after it. */
const BEFORE = 20;
const AFTER = 100;
const REQUESTS = 100;
const IN_FLIGHT = 8;

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

export interface LatencyComparison {
  readonly before: number;
  readonly after: number;
  readonly requests: number;
  readonly queued: Percentiles;
  readonly synchronous: Percentiles;
}

/** How long the gateway's clients wait: with the queue, and when the same work is done while they wait. */
export async function compareLatency(platform: Platform, phones: PhoneBook): Promise<LatencyComparison> {
  return platform.withComparison({ before: BEFORE, after: AFTER }, async (queued, synchronous) => ({
    before: BEFORE,
    after: AFTER,
    requests: REQUESTS,
    queued: await measure(queued, phones),
    synchronous: await measure(synchronous, phones),
  }));
}

async function measure(client: GatewayClient, phones: PhoneBook): Promise<Percentiles> {
  const submit = (message: Message) => client.submit(message, phones.numberOf(message.userId));
  const send = (count: number) => feed(generateEvenly(count, count, 'latency'), submit, { inFlight: IN_FLIGHT });
  await send(2 * IN_FLIGHT);
  return percentiles((await send(REQUESTS)).latencies);
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p99: at(0.99) };
}
