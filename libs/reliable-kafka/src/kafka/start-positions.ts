import type { AssignedPartition, OffsetCommit, RuntimeOptions, StartFrom, TopicPartition } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';
import type { LogRange, StoredOffset } from './group-offsets.js';

export interface StartRules {
  readonly startFrom: (topic: string) => StartFrom;
  readonly outOfRange: NonNullable<RuntimeOptions['outOfRange']>;
}

/** Where a partition starts. `outOfRange`: its position lies outside the log, and nobody may guess where to go on. */
export interface Start extends AssignedPartition {
  readonly outOfRange: boolean;
}

/** What must be committed before anything is fetched, or where everything starts. */
export interface StartPlan {
  readonly starts: readonly Start[];
  /** Positions to be committed; then the plan is made again from what the broker holds. */
  readonly commit: readonly OffsetCommit[];
  /** Topics whose start another member of the group resolves: the owner of the lowest partition. */
  readonly awaited: readonly string[];
}

const NO_COMMIT = -1n;

/**
 * Where each assigned partition starts. A position that is not where the broker says is committed before it is used: computed anew at every
 * join it would jump each time, and skip what came in between. `stored` and `ranges` hold all partitions of the assigned topics.
 */
export function planStart(
  assigned: readonly TopicPartition[],
  stored: ReadonlyMap<string, StoredOffset>,
  ranges: ReadonlyMap<string, LogRange>,
  rules: StartRules,
  /** Nobody else resolved the start of these topics: take the log end for the own partitions alone. */
  abandoned: readonly string[] = [],
): StartPlan {
  const starts: Start[] = [];
  const commit: OffsetCommit[] = [];
  const awaited: string[] = [];
  for (const topic of new Set(assigned.map((partition) => partition.topic))) {
    const own = assigned.filter((partition) => partition.topic === topic);
    if (rules.startFrom(topic) === 'latest' && !hasCommits(topic, stored)) {
      // One member commits for the whole topic in one request: two that resolved a part each would take the other's for old commits.
      if (own.some(({ partition }) => partition === 0)) commit.push(...logEnds(topic, ranges));
      else if (!abandoned.includes(topic)) awaited.push(topic);
      else
        commit.push(
          ...logEnds(topic, ranges).filter((end) => own.some(({ partition }) => partition === end.partition)),
        );
      continue;
    }
    for (const { partition } of own) {
      const name = partitionName(topic, partition);
      const start = startOf(topic, partition, stored.get(name), ranges.get(name));
      if (start.outOfRange && rules.outOfRange !== 'stop') {
        const offset = rules.outOfRange === 'earliest' ? start.logStart : start.logEnd;
        commit.push({ topic, partition, offset, metadata: '' });
      }
      starts.push(start);
    }
  }
  return { starts, commit, awaited };
}

function startOf(
  topic: string,
  partition: number,
  stored: StoredOffset | undefined,
  range: LogRange | undefined,
): Start {
  if (!range) throw new Error(`${partitionName(topic, partition)} is not in the metadata yet`);
  const { offset, metadata } = stored ?? { offset: NO_COMMIT, metadata: '' };
  const bounds = { topic, partition, metadata, logStart: range.start, logEnd: range.end };
  if (offset === NO_COMMIT) return { ...bounds, committed: undefined, position: range.start, outOfRange: false };
  // What kafkajs commits when it resets a position by itself: the real one is gone.
  if (offset < 0n) return { ...bounds, committed: undefined, position: range.start, outOfRange: true };
  return { ...bounds, committed: offset, position: offset, outOfRange: offset < range.start || offset > range.end };
}

function logEnds(topic: string, ranges: ReadonlyMap<string, LogRange>): OffsetCommit[] {
  return [...ranges.values()]
    .filter((range) => range.topic === topic)
    .map(({ partition, end }) => ({ topic, partition, offset: end, metadata: '' }));
}

function hasCommits(topic: string, stored: ReadonlyMap<string, StoredOffset>): boolean {
  return [...stored.values()].some((entry) => entry.topic === topic && entry.offset !== NO_COMMIT);
}
