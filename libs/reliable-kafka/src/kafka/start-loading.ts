import { setTimeout as delay } from 'node:timers/promises';
import type { OffsetCommit, TopicPartition } from '../contracts/index.js';
import type { GroupOffsets } from './group-offsets.js';
import { planStart, type Start, type StartRules } from './start-positions.js';

/** How often to look for the start that another member resolves, and when to give that member up. */
const LOOK_AGAIN = 200;
const GIVE_UP = 10_000;

export interface StartLoading {
  readonly groupId: string;
  readonly offsets: GroupOffsets;
  readonly rules: StartRules;
  /** Commits under the membership whose partitions are being loaded. */
  commit(commits: readonly OffsetCommit[]): Promise<unknown>;
  /** A committed position outside the log, before the rules are applied to it. */
  outOfRange(start: Start): void;
  /** False once a newer join has made the answer worthless. */
  wanted(): boolean;
}

/** Reads where the assigned partitions start, and commits first what has to be: what is returned is what the broker holds. */
export async function loadStarts(
  assigned: readonly TopicPartition[],
  loading: StartLoading,
): Promise<readonly Start[]> {
  const topics = [...new Set(assigned.map(({ topic }) => topic))];
  const givenUpAt = performance.now() + GIVE_UP;
  for (;;) {
    const [stored, ranges] = await Promise.all([
      loading.offsets.stored(loading.groupId, topics),
      loading.offsets.ranges(topics),
    ]);
    const plan = planStart(assigned, stored, ranges, loading.rules, performance.now() < givenUpAt ? [] : topics);
    if (!loading.wanted()) return [];
    for (const start of plan.starts) if (start.outOfRange) loading.outOfRange(start);
    if (plan.commit.length > 0) await loading.commit(plan.commit);
    else if (plan.awaited.length > 0) await delay(LOOK_AGAIN);
    else return plan.starts;
  }
}
