import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/index.js';
import { describeFencedPublishers } from '../../support/describe-fenced-publishers.js';

describeFencedPublishers('EmbeddedKafka', () => EmbeddedKafka.start({ autoCreateTopics: false }));
