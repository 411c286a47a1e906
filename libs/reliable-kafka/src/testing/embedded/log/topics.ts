import { errors, type ErrorCode } from '../wire/index.js';
import { PartitionLog } from './partition-log.js';
import { TopicConfigs } from './topic-configs.js';

export interface Topic {
  readonly name: string;
  readonly partitions: PartitionLog[];
  readonly configs: TopicConfigs;
}

const LEGAL = /^[a-zA-Z0-9._-]{1,249}$/;

/** Letters, digits, dot, underscore and dash, 249 of them at most. */
export function isLegalTopicName(name: string): boolean {
  return LEGAL.test(name) && name !== '.' && name !== '..';
}

/** All topics of this broker and their logs. */
export class Topics {
  private readonly byName = new Map<string, Topic>();

  constructor(
    readonly defaultPartitions: number,
    private readonly onDelete: (topic: string) => void,
  ) {}

  all(): Topic[] {
    return [...this.byName.values()];
  }

  get(name: string): Topic | undefined {
    return this.byName.get(name);
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.byName.get(name)?.partitions[partition];
  }

  /** Why a topic of this name cannot be created. */
  refusal(name: string): ErrorCode | undefined {
    if (!isLegalTopicName(name)) return errors.INVALID_TOPIC_EXCEPTION;
    return this.byName.has(name) ? errors.TOPIC_ALREADY_EXISTS : undefined;
  }

  create(name: string, partitions = this.defaultPartitions): Topic {
    const topic = { name, partitions: [], configs: new TopicConfigs() };
    this.byName.set(name, topic);
    this.widen(topic, partitions);
    return topic;
  }

  widen(topic: Topic, partitions: number): void {
    while (topic.partitions.length < partitions) topic.partitions.push(new PartitionLog());
  }

  /** Readers that wait for records are told, and find that the topic is gone. */
  delete(topic: Topic): void {
    this.byName.delete(topic.name);
    this.onDelete(topic.name);
    for (const log of topic.partitions) log.notify();
  }
}
