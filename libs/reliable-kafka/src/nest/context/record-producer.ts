import { ReliableKafkaError } from '../../contracts/index.js';
import type { ProducerCore } from '../../producer/index.js';
import { AcknowledgedProducer } from '../producer/index.js';
import type { KafkaProducer } from './kafka-types.js';

const NOT_A_HANDLERS = ['connect', 'disconnect', 'isIdempotent', 'on', 'logger', 'transaction'];

/** What `ctx.getProducer()` gives: kafkajs's `send` and `sendBatch`, through our producer. */
export function recordProducer(core: ProducerCore): KafkaProducer {
  const producer = new AcknowledgedProducer(core);
  const refusals = NOT_A_HANDLERS.map((method) => [
    method,
    () => {
      throw new ReliableKafkaError(`ctx.getProducer().${method}() is not possible here: inject ReliableKafkaProducer`);
    },
  ]);
  return {
    ...(Object.fromEntries(refusals) as KafkaProducer),
    send: (record) => producer.send(record),
    sendBatch: async ({ topicMessages = [] }) =>
      (await Promise.all(topicMessages.map((record) => producer.send(record)))).flat(),
  };
}
