import { realServices } from '../services/index.js';
import { describeFencedPublishers } from '../support/describe-fenced-publishers.js';

const { brokers } = realServices().kafka;

describeFencedPublishers('Apache Kafka', async () => ({ brokers }));
