import type { Message, PartitionerArgs, PartitionMetadata } from 'kafkajs';
import type { TopicPartition } from '../contracts/index.js';

/** Stops an attempt before anything is sent. kafkajs tells by these properties what to do next. */
export class GuardError extends Error {
  override readonly name = 'GuardError';
  constructor(
    message: string,
    readonly retriable: boolean,
    /** Makes kafkajs read the metadata again. */
    readonly type?: 'LEADER_NOT_AVAILABLE',
  ) {
    super(message);
  }
}

export const CLOSED = 'The producer is closed';
export const ONE_LEADER_ONLY = 'The partitions of this request are sent one by one: their leaders differ';

/**
 * Watches over one `sendBatch` from inside it: kafkajs asks its partitioner for every message at every attempt, with the metadata that the
 * attempt will use. A request that kafkajs spreads over several brokers is retried in ways that store records twice, and one for a
 * partition that the metadata lacks is resolved without being sent [kafkajs `sendMessages`].
 */
export class SendGuard {
  /** At least one attempt may have reached a broker. */
  sent = false;
  #leader: number | undefined;
  readonly #first: Message;
  readonly #partitionsOf: ReadonlyMap<Message, readonly number[]>;

  /** The messages of each topic, and the partitions that they go to. */
  constructor(
    private readonly stopped: AbortSignal,
    partitions: readonly TopicPartition[],
    topicMessages: readonly { readonly topic: string; readonly messages: readonly Message[] }[],
  ) {
    this.#first = topicMessages[0]!.messages[0]!;
    this.#partitionsOf = new Map(
      topicMessages.map(({ topic, messages }) => [
        messages[0]!,
        partitions.filter((one) => one.topic === topic).map(({ partition }) => partition),
      ]),
    );
  }

  partitionOf({ message, partitionMetadata }: PartitionerArgs): number {
    const partitions = this.#partitionsOf.get(message);
    if (partitions) this.#check(message, partitions, partitionMetadata);
    return message.partition!;
  }

  #check(message: Message, partitions: readonly number[], metadata: readonly PartitionMetadata[]): void {
    if (this.stopped.aborted) throw new GuardError(CLOSED, false);
    if (message === this.#first) this.#leader = undefined;
    for (const partition of partitions) {
      const leader = metadata.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
      if (leader < 0) throw new GuardError(`Partition ${partition} has no leader`, true, 'LEADER_NOT_AVAILABLE');
      if (leader !== (this.#leader ??= leader)) throw new GuardError(ONE_LEADER_ONLY, false);
    }
    this.sent = true;
  }
}
