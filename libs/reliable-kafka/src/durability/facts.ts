/** What the brokers tell of one topic. */
export interface TopicFacts {
  readonly topic: string;
  /** Absent when they do not tell. */
  readonly partitions?: readonly PartitionFacts[];
  /** Absent when they do not tell. */
  readonly settings?: TopicSettings;
  /** Why something is absent. */
  readonly silence?: Silence;
}

export interface PartitionFacts {
  readonly partition: number;
  /** Brokers by their ids. */
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** By Kafka's names. */
export type TopicSettings = Readonly<Record<string, string>>;

export interface Silence {
  /** `leaderless`: a partition has no leader now. */
  readonly reason: 'missing' | 'leaderless' | 'refused';
  readonly message: string;
}

/** How many replicas every partition has at least; they differ while a topic is being reassigned. `undefined` when that is not told. */
export function replicationOf({ partitions = [] }: Pick<TopicFacts, 'partitions'>): number | undefined {
  return partitions.length === 0 ? undefined : Math.min(...new Set(partitions.map(({ replicas }) => replicas.length)));
}

/** `NaN`, which no comparison is true for, when it is not told. */
export function numberOf(settings: TopicSettings, name: string): number {
  return Number(settings[name] ?? NaN);
}

export function deletes(settings: TopicSettings): boolean {
  return settings['cleanup.policy']?.includes('delete') ?? false;
}

export function compacts(settings: TopicSettings): boolean {
  return settings['cleanup.policy']?.includes('compact') ?? false;
}
