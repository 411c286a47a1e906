import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import { createTopic } from '../support/create-topic.js';
import { describeSends, type FaultyTopic } from '../support/describe-sends.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { realServices } from '../services/index.js';

const { brokers } = realServices().kafka;

const start = async (): Promise<FaultyTopic> => {
  const topic = `notes-${randomUUID()}`;
  const { leader, partitions } = await create(topic);
  const leaderPort = Number(leader.split(':')[1]);
  const proxy = await TcpProxy.start(leaderPort);
  const byTheProxy: ISocketFactory = ({ host, port, onConnect }) =>
    connect({ host, port: port === leaderPort ? proxy.port : port }, onConnect);
  return {
    client: { brokers, socketFactory: byTheProxy, requestTimeout: 2_000, logLevel: logLevel.NOTHING },
    brokers,
    topic,
    partitions,
    loseNextAnswer: () => proxy.dropNextReply(),
    away: () => proxy.cut(),
    back: () => proxy.restore(),
    stop: () => proxy.stop(),
  };
};

describeSends('Apache Kafka', start, 12_000);

/** Four partitions on three brokers: two of them have one leader. */
async function create(topic: string): Promise<{ leader: string; partitions: [number, number] }> {
  const admin = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 12 },
  }).admin();
  await admin.connect();
  try {
    const created = await createTopic(admin, { topic, numPartitions: 4 });
    const { brokers: nodes } = await admin.describeCluster();
    for (const { nodeId, host, port } of nodes) {
      const led = created.filter(({ leader }) => leader === nodeId);
      if (led.length > 1) return { leader: `${host}:${port}`, partitions: [led[0]!.partitionId, led[1]!.partitionId] };
    }
    throw new Error(`no broker leads two partitions of ${topic}`);
  } finally {
    await admin.disconnect();
  }
}
