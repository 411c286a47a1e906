import { Kafka, logLevel } from 'kafkajs';

const END = 'the end of what was committed';

/** What readers of committed records find in a topic, per partition, in order. Hangs while a transaction is open. */
export async function committed(brokers: string[], topic: string): Promise<Map<number, string[]>> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition);
  await admin.disconnect();
  await mark(kafka, topic, partitions);

  const found = new Map<number, string[]>(partitions.map((partition) => [partition, []]));
  const open = new Set(partitions);
  const consumer = kafka.consumer({ groupId: `reader-${crypto.randomUUID()}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachMessage = async ({ partition, message }: { partition: number; message: { value: Buffer | null } }) => {
      const text = String(message.value);
      if (text !== END) found.get(partition)!.push(text);
      else open.delete(partition);
      if (open.size === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  // Marks of earlier calls are read on the way.
  return found;
}

async function mark(kafka: Kafka, topic: string, partitions: readonly number[]): Promise<void> {
  const producer = kafka.producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  });
  await producer.connect();
  await producer.send({ topic, messages: partitions.map((partition) => ({ partition, value: END })) });
  await producer.disconnect();
}
