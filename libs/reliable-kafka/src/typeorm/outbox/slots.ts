import { randomUUID } from 'node:crypto';
import { ConfigurationError } from '../../contracts/index.js';
import type { Dialect, Query } from '../dialect.js';
import { OUTBOX } from './options.js';
import type { OutboxTableNames } from './tables.js';

/**
 * Makes the slots the first time, each with a name of its own among all outboxes that publish to one Kafka. Throws a ConfigurationError when there
 * are more or fewer than wanted: a key would change its slot, and be published from two at a time.
 */
export async function ensureSlots(
  query: Query,
  { slots }: OutboxTableNames,
  dialect: Dialect,
  wanted: number,
): Promise<void> {
  const count = async () => Number((await query(`SELECT COUNT(*) AS slots FROM ${slots}`)).records[0]!.slots);
  let found = await count();
  if (found === 0) {
    const outbox = randomUUID();
    const { parameter } = dialect;
    const all = Array.from({ length: wanted }, (_, slot) => ({
      slot,
      name: `reliable-kafka-outbox-${outbox}-${slot}`,
    }));
    try {
      await query(
        `INSERT INTO ${slots} (slot, name) VALUES ${all.map((_, i) => `(${parameter(2 * i + 1)}, ${parameter(2 * i + 2)})`).join(', ')}`,
        all.flatMap(({ slot, name }) => [slot, name]),
      );
    } catch (error) {
      // Another process was first.
      if (!dialect.isDuplicateKey(error)) throw error;
    }
    found = await count();
  }
  if (found === wanted) return;
  throw new ConfigurationError([
    {
      where: `${OUTBOX} slots`,
      what: `it is ${wanted}, but this outbox was made with ${found}`,
      remedy:
        `Give \`slots: ${found}\`. To change it, stop every writer, let the relays publish what waits, ` +
        'and delete the rows of reliable_kafka_outbox_slots before the next start.',
    },
  ]);
}
