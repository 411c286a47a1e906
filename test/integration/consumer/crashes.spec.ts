import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { describeCrashes } from '../../support/describe-crashes.js';

describeCrashes(
  async () => {
    const kafka = await EmbeddedKafka.start();
    return { brokers: kafka.brokers, sessionTimeout: 1_000, stop: () => kafka.stop() };
  },
  { together: [1, 2], withControl: true },
);
