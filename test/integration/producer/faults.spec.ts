import { logLevel } from 'kafkajs';
import { EmbeddedKafka, type FaultHandle } from '../../../libs/reliable-kafka/src/testing/index.js';
import { describeSends, type FaultyTopic } from '../../support/describe-sends.js';

const start = async (): Promise<FaultyTopic> => {
  const topic = 'notes';
  const kafka = await EmbeddedKafka.start({ topics: { [topic]: 2 } });
  let closing: FaultHandle | undefined;
  return {
    client: { brokers: kafka.brokers, requestTimeout: 300, logLevel: logLevel.NOTHING },
    brokers: kafka.brokers,
    topic,
    partitions: [0, 1],
    loseNextAnswer: () => kafka.faults.add({ api: 'Produce', action: 'dropReply', times: 1 }).struck(),
    away: () => void (closing = kafka.faults.add({ api: 'Produce', action: 'close' })),
    back: () => closing?.remove(),
    stop: () => kafka.stop(),
  };
};

describeSends('EmbeddedKafka', start, 500);
