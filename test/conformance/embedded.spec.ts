import { EmbeddedKafka } from '../../libs/reliable-kafka/src/testing/index.js';
import { describeKafka } from './suite.js';

let kafka: EmbeddedKafka;
beforeAll(async () => {
  kafka = await EmbeddedKafka.start();
});
afterAll(() => kafka.stop());

describeKafka('EmbeddedKafka', () => ({ brokers: kafka.brokers, shortestSessionMs: 200 }));
