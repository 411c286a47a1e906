import { Kafka, logLevel } from 'kafkajs';
import { type Measured, Meter, type Task } from '../measure.js';

/** kafkajs as fast as it goes: whole batches, `JSON.parse`, nothing else. */
export async function raw({ brokers, topic, records }: Task, groupId: string): Promise<Measured> {
  const meter = new Meter(records);
  const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch }) => {
      meter.begin();
      for (const { value } of batch.messages) JSON.parse(value!.toString());
      meter.end(batch.messages.length);
    },
  });
  const measured = await meter.done;
  await consumer.disconnect();
  return measured;
}
