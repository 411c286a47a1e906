import { partitionName } from '../contracts/index.js';
import type { PartitionCondition } from './condition.js';
import { counted, type Finding } from './finding.js';

/** How long fetching may stand still before the same unfinished record. A backlog keeps fetching back, too, but its watermark moves. */
const STANDS_STILL = 30_000;

/** Partitions that stopped, or that somebody or something keeps from going on. */
export function partitionFindings(partitions: readonly PartitionCondition[]): Finding[] {
  return [...partitions.flatMap(stopped), ...operated(partitions), ...parked(partitions)];
}

function stopped({ topic, partition, paused, position, watermark }: PartitionCondition): Finding[] {
  const name = partitionName(topic, partition);
  const found: Finding[] = [];
  if (paused.includes('out-of-range'))
    found.push({
      code: 'out-of-range',
      status: 'red',
      topic,
      partition,
      message: `${name} stands still: its position ${position} lies outside the log, since records were deleted before they were read, or the topic was made anew. Seek to where it shall go on (ConsumerControl.seek), or set the option outOfRange`,
    });
  if (paused.includes('undecodable'))
    found.push({
      code: 'undecodable',
      status: 'red',
      topic,
      partition,
      message: `${name} stands still before a record that cannot be decoded, or has no ordering key. Give its handlers a dead letter topic (@DeadLetter), or seek past it (ConsumerControl.seek)`,
    });
  if (paused.includes('back-pressure'))
    found.push({
      code: 'not-fetched',
      status: 'yellow',
      topic,
      partition,
      at: watermark,
      after: STANDS_STILL,
      message: `${name} is fetched no further: ${position - watermark} offsets after ${watermark} wait, or are done, while that one has no outcome. Give its handler a dead letter topic or parking (@DeadLetter, @Park), or look for what keeps it`,
    });
  return found;
}

/** One a topic: an operator pauses many at once. */
function operated(partitions: readonly PartitionCondition[]): Finding[] {
  const isOperated = ({ paused }: PartitionCondition) => paused.includes('operator') || paused.includes('settings');
  return byTopic(partitions, (one) => (isOperated(one) ? 1 : 0)).map(([topic, count]) => ({
    code: 'paused',
    status: 'yellow',
    topic,
    message: `${counted(count, 'partition')} of ${topic} ${count === 1 ? 'is' : 'are'} paused by an operator, or by settings, until resumed (ConsumerControl.resume)`,
  }));
}

function parked(partitions: readonly PartitionCondition[]): Finding[] {
  return byTopic(partitions, (one) => one.parked).map(([topic, count]) => ({
    code: 'parked',
    status: 'yellow',
    topic,
    message: `${counted(count, 'record')} of ${topic} ${count === 1 ? 'is' : 'are'} parked, and their keys wait: for the next round, or where a dead letter holds its key, for somebody to replay or discard it (DeadLetters)`,
  }));
}

/** Of topics where it is anything. */
function byTopic(
  partitions: readonly PartitionCondition[],
  count: (partition: PartitionCondition) => number,
): [topic: string, count: number][] {
  const counts = new Map<string, number>();
  for (const one of partitions) {
    const added = count(one);
    if (added > 0) counts.set(one.topic, (counts.get(one.topic) ?? 0) + added);
  }
  return [...counts];
}
