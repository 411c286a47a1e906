import type { ConfigurationProblem, TopicOptions } from '../contracts/index.js';
import { numberOf, replicationOf, wantedTopics } from '../durability/index.js';
import type { TopicFacts, WantedTopic } from '../durability/index.js';
import { HEADER_BYTES } from '../retry/index.js';
import type { Asks } from './admin-link.js';
import { createTopics } from './topic-creation.js';
import { topicFacts } from './topic-facts.js';

/** A dead letter topic, and the topics whose records may die there. */
export interface DeadLetterUse {
  readonly topic: string;
  readonly sources: readonly string[];
}

export interface PreparedDeadLetters {
  readonly created: readonly WantedTopic[];
  readonly problems: readonly ConfigurationProblem[];
}

const SIZE = 'max.message.bytes';
const RETENTION = 'retention.ms';
/** Kafka's default. */
const USUAL_SIZE = 1_048_588;
/** Thirty days: somebody has to come and look. */
const KEPT = 30 * 24 * 60 * 60 * 1000;

/**
 * Creates the dead letter topics that do not exist, as their sources are: partitions, replicas, and 64 KiB more for a record; kept for thirty days at
 * least. What `options` say of them counts more. Of those that exist, tells which do not take the largest record of a source.
 */
export async function prepareDeadLetters(
  admin: Asks,
  uses: readonly DeadLetterUse[],
  options: Readonly<Record<string, TopicOptions>>,
): Promise<PreparedDeadLetters> {
  const topics = [...new Set(uses.flatMap(({ topic, sources }) => [topic, ...sources]))];
  const facts = new Map((await topicFacts(admin, topics, [SIZE, RETENTION])).map((one) => [one.topic, one]));
  // A source that is missing is told by somebody else.
  const known = uses.map(({ topic, sources }) => ({
    topic,
    sources: sources.map((source) => facts.get(source)!).filter(({ partitions }) => partitions),
  }));
  const isMissing = ({ topic }: { topic: string }) => facts.get(topic)!.silence?.reason === 'missing';
  const toCreate = known.filter((use) => isMissing(use) && use.sources.length > 0);
  const wanted = toCreate.map(({ topic, sources }) => wantedDeadLetters(topic, sources, options[topic]));
  const { created, refused } = await createTopics(admin, wanted);
  return {
    created: wanted.filter(({ topic }) => created.includes(topic)),
    problems: [
      ...refused,
      ...known.filter((use) => !isMissing(use)).flatMap(({ topic, sources }) => tooSmall(facts.get(topic)!, sources)),
    ],
  };
}

export function wantedDeadLetters(
  topic: string,
  sources: readonly TopicFacts[],
  options: TopicOptions = {},
): WantedTopic {
  const [said] = wantedTopics({ [topic]: { config: {}, ...options } });
  const retentions = sources.map(({ settings = {} }) => numberOf(settings, RETENTION)).filter(Number.isFinite);
  const retention = retentions.some((ms) => ms < 0) ? -1 : Math.max(KEPT, ...retentions);
  return {
    topic,
    partitions: said!.partitions ?? Math.max(...sources.map(({ partitions }) => partitions!.length)),
    replication: said!.replication ?? Math.max(...sources.map((source) => replicationOf(source) ?? 1)),
    settings: { [SIZE]: String(neededSize(sources)), [RETENTION]: String(retention), ...said!.settings },
  };
}

/** Of a topic that the brokers say nothing about, nothing is known. */
function tooSmall({ topic, settings = {} }: TopicFacts, sources: readonly TopicFacts[]): ConfigurationProblem[] {
  const needed = neededSize(sources);
  const size = numberOf(settings, SIZE);
  if (!(size < needed)) return [];
  const largest = sources.find((source) => sizeOf(source) + HEADER_BYTES === needed)!;
  return [
    {
      where: `topic ${topic}`,
      what:
        `it takes records of ${size} bytes (${SIZE}), and ${largest.topic}, whose dead letters go there, of ${sizeOf(largest)}: ` +
        'the largest of them and what is told of its death would not fit, and stop its partition',
      remedy: `Set ${SIZE} of ${topic} to ${needed} at least.`,
    },
  ];
}

function neededSize(sources: readonly TopicFacts[]): number {
  return Math.max(...sources.map(sizeOf)) + HEADER_BYTES;
}

function sizeOf({ settings = {} }: TopicFacts): number {
  const size = numberOf(settings, SIZE);
  return Number.isNaN(size) ? USUAL_SIZE : size;
}
