import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf } from './batch.js';
import { eventually, type Cluster } from './cluster.js';
import type { RawClient } from './raw-client.js';

/** A transactional producer of one partition, step by step. */
export class RawTransaction {
  private sequence = 0;

  private constructor(
    private readonly cluster: Cluster,
    private readonly transactionalId: string,
    private readonly topic: string,
    private readonly coordinator: RawClient,
    private readonly leader: RawClient,
    readonly producerId: number,
    readonly epoch: number,
  ) {}

  /** Takes over the transactional id, as soon as what its former holder left open is aborted. */
  static async of(
    cluster: Cluster,
    transactionalId: string,
    topic: string,
    leader: RawClient,
    { timeoutMs } = { timeoutMs: 60_000 },
  ): Promise<RawTransaction> {
    const coordinator = await cluster.transactionCoordinator(transactionalId);
    const { producerId, producerEpoch } = await eventually(async () => {
      const answer = await coordinator.call(apis.initProducerId, 1, {
        transactionalId,
        transactionTimeoutMs: timeoutMs,
      });
      if (answer.errorCode !== errors.NONE) throw new Error(`no producer id: ${answer.errorCode}`);
      return answer;
    });
    return new RawTransaction(cluster, transactionalId, topic, coordinator, leader, producerId, producerEpoch);
  }

  async add(): Promise<number> {
    return (await this.addPartitions([0]))[0]!;
  }

  async addPartitions(partitions: number[]): Promise<number[]> {
    const topics = [{ name: this.topic, partitions }];
    const { results } = await this.coordinator.call(apis.addPartitionsToTxn, 2, { ...this.identity, topics });
    const inOrder = results[0]!.resultsByPartition.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    return inOrder.map(({ partitionErrorCode }) => partitionErrorCode);
  }

  async send(values: string[]) {
    const { producerId, epoch, sequence } = this;
    const batch = batchOf(values, { producerId, producerEpoch: epoch, baseSequence: sequence, transactional: true });
    const answer = await this.cluster.produce(this.leader, this.topic, batch, this.transactionalId);
    if (answer.errorCode === errors.NONE) this.sequence += values.length;
    return answer;
  }

  async addGroup(groupId: string): Promise<number> {
    return (await this.coordinator.call(apis.addOffsetsToTxn, 2, { ...this.identity, groupId })).errorCode;
  }

  async commitOffset(groupId: string, committedOffset: number, committedMetadata: string): Promise<number> {
    const coordinator = await this.cluster.groupCoordinator(groupId);
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata }];
    const topics = [{ name: this.topic, partitions }];
    const answer = await coordinator.call(apis.txnOffsetCommit, 2, { ...this.identity, groupId, topics });
    return answer.topics[0]!.partitions[0]!.errorCode;
  }

  async end(committed: boolean, version = 2): Promise<number> {
    return (await this.coordinator.call(apis.endTxn, version, { ...this.identity, committed })).errorCode;
  }

  private get identity() {
    return { transactionalId: this.transactionalId, producerId: this.producerId, producerEpoch: this.epoch };
  }
}
