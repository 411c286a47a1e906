export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `topic[partition]`: the map key of a partition, and its name in logs and errors. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}[${partition}]`;
}
