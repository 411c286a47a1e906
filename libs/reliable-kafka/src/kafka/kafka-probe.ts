import type { KafkaConfig } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { Probe } from '../contracts/index.js';
import { askInTime } from '../retry/index.js';
import { Sockets } from './producer-sockets.js';

/** kafkajs goes on to the next broker of its list with each retry. */
const RETRY = { retries: 5, initialRetryTime: 50, maxRetryTime: 200 };

/**
 * Whether the cluster can be reached and let in, asked over connections of their own. That a topic can be written to, it does not tell: while its
 * leaders are away the rest of the cluster answers.
 */
export function kafkaProbe(client: KafkaConfig): Probe {
  return { backend: 'kafka', probe: () => probe(client) };
}

async function probe(client: KafkaConfig): Promise<void> {
  const sockets = new Sockets(client.socketFactory);
  const config = { ...client, retry: RETRY, logLevel: logLevel.NOTHING, socketFactory: sockets.factory };
  const admin = new Kafka(config).admin();
  const ask = async () => {
    try {
      // That kafkajs has connected does not say that it was answered.
      await admin.connect();
      await admin.describeCluster();
    } finally {
      // Also when nobody waits for it any more, since kafkajs may have connected again meanwhile.
      admin.disconnect().catch(() => undefined);
    }
  };
  await askInTime('kafka', ask, () => sockets.destroy(new Error('the probe is over')));
}
