import type { Admin, Consumer, KafkaMessage, Producer } from 'kafkajs';
import type { Cluster } from './cluster.js';

export type Seen = { partition: number; message: KafkaMessage };

/** What an application has of kafkajs: one topic, one group, an admin and a producer. */
export class Application {
  private constructor(
    private readonly cluster: Cluster,
    readonly admin: Admin,
    readonly producer: Producer,
    readonly groupId: string,
    public topic: string,
  ) {}

  static async of(cluster: Cluster): Promise<Application> {
    const [admin, producer, topic] = [await cluster.admin(), await cluster.producer(), await cluster.topic(4)];
    return new Application(cluster, admin, producer, cluster.name('group'), topic);
  }

  /** To the first partition. */
  send(...values: string[]) {
    return this.producer.send({ topic: this.topic, messages: values.map((value) => ({ value, partition: 0 })) });
  }

  transactional(): Promise<Producer> {
    const transactionalId = this.cluster.name('transactional');
    return this.cluster.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  }

  /** Consumes until so many records have come; the consumer goes on. */
  async consume(count: number, options: { groupId?: string; readUncommitted?: boolean } = {}) {
    const consumer = await this.cluster.consumer({ groupId: this.groupId, ...options });
    await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    return { consumer, seen: await collect(consumer, count) };
  }

  /** Resolves with the partitions that a consumer is given by its next join. */
  assigned(consumer: Consumer): Promise<number[]> {
    return new Promise((resolve) => {
      const remove = consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        remove();
        resolve([...(payload.memberAssignment[this.topic] ?? [])].toSorted());
      });
    });
  }

  /** What the group has committed for the first partition. */
  async committed() {
    const [offsets] = await this.admin.fetchOffsets({ groupId: this.groupId, topics: [this.topic] });
    return offsets!.partitions.find(({ partition }) => partition === 0);
  }
}

/** Runs a consumer; resolves when so many records have come. */
export async function collect(consumer: Consumer, count: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ partition, message }: Seen) => {
      seen.push({ partition, message });
      if (seen.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  return seen;
}

export const texts = (seen: Seen[]): string[] => seen.map(({ message }) => message.value!.toString());
