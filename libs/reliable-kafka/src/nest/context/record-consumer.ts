import type { TopicPartitionOffset } from 'kafkajs';
import type { ConsumedRecord } from '../../contracts/index.js';
import { ReliableKafkaError } from '../../contracts/index.js';
import type { KafkaConsumer } from './kafka-types.js';

const SHARED = 'every handler of the group shares the consumer';
const REMEDIES: Readonly<Record<string, string>> = {
  pause: 'use ConsumerControl.pause()',
  resume: 'use ConsumerControl.resume()',
  paused: 'use ConsumerControl.stats()',
  seek: 'use ConsumerControl.seek(), which drains first; ctx.release() to have this record again',
  stop: `use ConsumerControl.pause() or drain(): ${SHARED}`,
  disconnect: `close the application: ${SHARED}`,
  connect: 'the module connects it',
  subscribe: 'add a handler with @EventPattern',
  run: 'add a handler with @EventPattern',
  describeGroup: 'use a kafkajs admin client of your own',
  on: 'subscribe to ReliableKafkaEvents.events$',
  logger: "inject Nest's Logger",
};

/** What `ctx.getConsumer()` gives: committing this record means acknowledging it, and nothing else is a handler's to do. */
export function recordConsumer(record: ConsumedRecord, acknowledge: () => void): KafkaConsumer {
  const refusals = Object.entries(REMEDIES).map(([method, remedy]) => [method, () => refuse(`${method}()`, remedy)]);
  return {
    ...(Object.fromEntries(refusals) as KafkaConsumer),
    commitOffsets: async (offsets: TopicPartitionOffset[]) => {
      for (const one of offsets) {
        if (!isThisRecord(one, record)) {
          refuse(
            `commitOffsets() for ${one.topic}[${one.partition}]@${one.offset}`,
            'only its own record is a handler’s to commit: call ctx.acknowledge()',
          );
        }
      }
      if (offsets.length > 0) acknowledge();
    },
  };
}

/** Kafka commits the offset after the record; Nest's own documentation shows the record's. Both mean this record. */
function isThisRecord({ topic, partition, offset }: TopicPartitionOffset, record: ConsumedRecord): boolean {
  const ofPartition = topic === record.topic && partition === record.partition;
  return ofPartition && [record.offset, record.offset + 1n].map(String).includes(offset);
}

function refuse(what: string, remedy: string): never {
  throw new ReliableKafkaError(`ctx.getConsumer().${what} is not possible here: ${remedy}`);
}
