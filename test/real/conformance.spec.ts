import { describeKafka } from '../conformance/suite.js';
import { realServices } from '../services/index.js';

describeKafka('Apache Kafka', () => ({ brokers: realServices().kafka.brokers, shortestSessionMs: 6_000 }));
