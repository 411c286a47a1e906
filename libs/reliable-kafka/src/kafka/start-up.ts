import type { Kafka } from 'kafkajs';
import type { AuditMode, ConfigurationProblem, Log, TopicOptions } from '../contracts/index.js';
import { toldDifferences, verdict, wantedTopics } from '../durability/index.js';
import type { AuditRules, WantedTopic } from '../durability/index.js';
import type { GroupOffsets } from './group-offsets.js';
import type { Asks } from './admin-link.js';
import { commitFromOutside } from './outside.js';
import type { DeadLetterTopics } from './dead-letter-topics.js';
import { provision } from './provisioning.js';
import { adoptionTrap, hasCommits, missingTopic } from './start-up-checks.js';
import { auditTopics } from './topic-audit.js';
import type { TopicList } from './topics.js';

export interface StartUp {
  readonly kafka: Kafka;
  readonly admin: Asks;
  readonly offsets: GroupOffsets;
  readonly topics: TopicList;
  readonly groupId: string;
  readonly topicOptions: Readonly<Record<string, TopicOptions>>;
  /** Made after their sources, which say how large they have to be; audited with all others. */
  readonly deadLetters: DeadLetterTopics;
  readonly adopt: boolean;
  readonly audit: AuditMode;
  readonly rules: AuditRules;
  readonly log: Log;
}

/**
 * What only the brokers can tell: topics (created where that is asked for), offsets left under the name that Nest makes of the group, and whether
 * topics can lose records. Warnings come last, so that a start that has to be tried again does not repeat them.
 */
export async function askBrokers(startUp: StartUp): Promise<ConfigurationProblem[]> {
  const { topics, topicOptions, log } = startUp;
  const { refused, differences } = await provided(startUp);
  const missing = topics.missing.filter((topic) => topicOptions[topic]?.partitions === undefined);
  const adopted = await adoption(startUp);
  const audited = await audit(startUp);
  for (const line of toldDifferences(differences)) log.warn(line);
  for (const { where, what, remedy } of audited.warnings) log.warn(`${where}: ${what}. ${remedy}`);
  return [...missing.map(missingTopic), ...refused, ...adopted, ...audited.problems];
}

/** Dead letter topics come after their sources, which say how large they have to be. One of them may be a source itself. */
async function provided({ admin, topics, topicOptions, deadLetters, log }: StartUp) {
  const wanted = wantedTopics(topicOptions);
  const isDeadLetters = ({ topic }: WantedTopic) => deadLetters.includes(topic);
  await topics.refresh();
  const sources = await provision(
    admin,
    wanted.filter((one) => !isDeadLetters(one)),
  );
  if (sources.created.length > 0) {
    log.log(`Created ${sources.created.join(', ')}, as the option 'topics' says`);
    await topics.refresh();
  }
  let prepared = await deadLetters.prepare(topics.concrete);
  while (prepared.created.length > 0) {
    await topics.refresh();
    prepared = await deadLetters.prepare(topics.concrete);
  }
  const dead = await provision(admin, wanted.filter(isDeadLetters));
  return {
    refused: [...sources.refused, ...prepared.problems, ...dead.refused],
    differences: [...sources.differences, ...dead.differences],
  };
}

async function audit({ admin, topics, topicOptions, deadLetters, audit, rules }: StartUp) {
  const modeOf = (topic: string) => topicOptions[topic]?.audit ?? audit;
  const missing = new Set(topics.missing);
  const audited = new Set([...topics.concrete, ...Object.keys(topicOptions), ...deadLetters.names]);
  const asked = [...audited].filter((topic) => modeOf(topic) !== 'off' && !missing.has(topic));
  return verdict(await auditTopics(admin, asked, rules), modeOf);
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
