import type { Kafka } from 'kafkajs';
import type { ConfigurationProblem, Log, TopicOptions } from '../contracts/index.js';
import type { GroupOffsets } from './group-offsets.js';
import type { Asks } from './admin-link.js';
import { commitFromOutside } from './outside.js';
import { auditRetention } from './retention-audit.js';
import type { Remembering } from './retention-findings.js';
import { adoptionTrap, hasCommits, missingTopic } from './start-up-checks.js';
import type { TopicList } from './topics.js';

export interface StartUp {
  readonly kafka: Kafka;
  readonly admin: Asks;
  readonly offsets: GroupOffsets;
  readonly topics: TopicList;
  readonly groupId: string;
  readonly topicOptions: Readonly<Record<string, TopicOptions>>;
  readonly adopt: boolean;
  readonly remembering: (topic: string) => readonly Remembering[];
  readonly audit: 'warn' | 'refuse';
  readonly log: Log;
}

/**
 * What only the brokers can tell: topics (created where that is asked for), how long they keep records, and offsets left under the name that Nest
 * makes of the group.
 */
export async function askBrokers(startUp: StartUp): Promise<ConfigurationProblem[]> {
  const { admin, topics, topicOptions, remembering, audit, log } = startUp;
  await topics.refresh();
  await topics.createMissing(topicOptions);
  return [
    ...topics.missing.map(missingTopic),
    ...(await adoption(startUp)),
    ...(await auditRetention({ admin, topics: topics.concrete, remembering, audit, log })),
  ];
}

async function adoption({ kafka, offsets, topics, groupId, adopt, log }: StartUp): Promise<ConfigurationProblem[]> {
  const old = `${groupId}-server`;
  if (hasCommits(await offsets.stored(groupId, topics.concrete))) return [];
  const left = await offsets.stored(old, topics.concrete);
  if (!hasCommits(left)) return [];
  if (!adopt) return [adoptionTrap(groupId)];

  const commits = [...left.values()]
    .filter(({ offset }) => offset >= 0n)
    .map((stored) => ({ ...stored, metadata: '' }));
  try {
    await commitFromOutside(kafka, { groupId, topic: topics.concrete[0]! }, commits);
    log.log(`Group '${groupId}' goes on where '${old}' was, in ${commits.length} partitions`);
  } catch (error) {
    // A group with members is not for outsiders: one of them has adopted the offsets already.
    if (!hasCommits(await offsets.stored(groupId, topics.concrete))) throw error;
  }
  return [];
}
