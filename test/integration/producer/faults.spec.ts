import { logLevel } from 'kafkajs';
import { EmbeddedKafka, type FaultHandle } from '../../../libs/reliable-kafka/src/testing/index.js';
import { describeSends } from '../../support/describe-sends.js';

describeSends('EmbeddedKafka', async () => {
  const topic = 'notes';
  const { brokers, faults, stop } = await started(topic);
  let closing: FaultHandle | undefined;
  return {
    client: { brokers, requestTimeout: 300, logLevel: logLevel.NOTHING },
    brokers,
    topic,
    partitions: [0, 1],
    loseNextAnswer: () => faults.add({ api: 'Produce', action: 'dropReply', times: 1 }).struck(),
    away: () => (closing = faults.add({ api: 'Produce', action: 'close' })),
    back: () => closing?.remove(),
    stop,
  };
});

async function started(topic: string) {
  const kafka = await EmbeddedKafka.start({ topics: { [topic]: 2 } });
  return { brokers: kafka.brokers, faults: kafka.faults, stop: () => kafka.stop() };
}
