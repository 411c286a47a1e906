import { Kafka, logLevel } from 'kafkajs';

export const PARTITIONS = 12;
const KEYS = 10_000;
const EXPONENT = 0.99;
const BATCH = 5000;

export type Skew = 'uniform' | 'zipf';

/** How many of the first `records` of a topic carry its hottest key: what bounds a run with skewed keys. */
export function hottest(skew: Skew, records: number): number {
  const counts = new Map<string, number>();
  const next = keys(skew);
  for (let i = 0; i < records; i++) {
    const key = next();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

/** The same keys at every run: a seeded generator (mulberry32) over uniform or Zipf weights. */
export function keys(skew: Skew): () => string {
  let state = 42;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  if (skew === 'uniform') return () => `user-${Math.floor(random() * KEYS)}`;
  const reach: number[] = [];
  for (let rank = 1, sum = 0; rank <= KEYS; rank++) reach.push((sum += rank ** -EXPONENT));
  const total = reach.at(-1)!;
  return () => `user-${rankOf(reach, random() * total)}`;
}

/** The first rank whose cumulated weight reaches `weight`. */
function rankOf(reach: readonly number[], weight: number): number {
  let [low, high] = [0, reach.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reach[middle]! < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Makes a topic of `records` JSON values of about 150 bytes, keyed by their user. */
export async function fill(
  brokers: string[],
  topic: string,
  skew: Skew,
  records: number,
  progress: (sent: number) => void,
): Promise<void> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const next = keys(skew);
  for (let sent = 0; sent < records; sent += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, records - sent) }, (_, i) => {
      const userId = next();
      return { key: userId, value: JSON.stringify({ userId, id: sent + i, to: '+6591234567', text: 'x'.repeat(80) }) };
    });
    await producer.send({ topic, messages });
    progress(sent + messages.length);
  }
  await producer.disconnect();
}
