import type { ConfigurationProblem, Log, TopicOptions } from '../contracts/index.js';
import { numberOf, replicationOf, wantedTopics } from '../durability/index.js';
import type { TopicFacts, WantedTopic } from '../durability/index.js';
import { HEADER_BYTES } from '../retry/index.js';
import type { Asks } from './admin-link.js';
import { createTopics } from './topic-creation.js';
import { topicFacts } from './topic-facts.js';

export interface DeadLetterTopicsSetup {
  readonly admin: Asks;
  /** All there are. */
  readonly names: readonly string[];
  /** Those in which the records of a topic can end. */
  readonly of: (topic: string) => readonly string[];
  /** `RuntimeOptions.topics`. */
  readonly options: Readonly<Record<string, TopicOptions>>;
  readonly log: Log;
}

export interface PreparedDeadLetters {
  readonly created: readonly string[];
  readonly problems: readonly ConfigurationProblem[];
}

const SIZE = 'max.message.bytes';
const RETENTION = 'retention.ms';
/** Kafka's default. */
const USUAL_SIZE = 1_048_588;
/** Thirty days: somebody has to come and look. */
const KEPT = 30 * 24 * 60 * 60 * 1000;

/**
 * Dead letter topics are as their sources are: where one is missing it is created with their partitions and replicas, takes 64 KiB more for a record, and
 * keeps it for thirty days at least. What the option `topics` says of it counts more. One that exists must take the largest record of each source.
 */
export class DeadLetterTopics {
  constructor(private readonly setup: DeadLetterTopicsSetup) {}

  get names(): readonly string[] {
    return this.setup.names;
  }

  includes(topic: string): boolean {
    return this.names.includes(topic);
  }

  /** For topics that are consumed. */
  async prepare(consumed: readonly string[]): Promise<PreparedDeadLetters> {
    const { admin, options, log } = this.setup;
    const uses = this.usesOf(consumed);
    if (uses.size === 0) return { created: [], problems: [] };
    const topics = new Set([...uses.keys(), ...[...uses.values()].flat()]);
    const facts = new Map((await topicFacts(admin, [...topics], [SIZE, RETENTION])).map((one) => [one.topic, one]));
    const isMissing = (topic: string) => facts.get(topic)!.silence?.reason === 'missing';
    const wanted: WantedTopic[] = [];
    const problems: ConfigurationProblem[] = [];
    for (const [topic, names] of uses) {
      const sources = names.map((name) => facts.get(name)!).filter(({ partitions }) => partitions);
      if (sources.length === 0) continue;
      if (isMissing(topic)) wanted.push(wantedDeadLetters(topic, sources, options[topic]));
      else problems.push(...tooSmall(facts.get(topic)!, sources));
    }
    const { created, refused } = await createTopics(admin, wanted);
    for (const one of wanted) if (created.includes(one.topic)) log.log(toldCreation(one));
    return { created, problems: [...refused, ...problems] };
  }

  /** Sources by their dead letter topics. */
  private usesOf(consumed: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const uses = new Map<string, string[]>();
    for (const source of consumed) {
      for (const topic of this.setup.of(source)) uses.set(topic, [...(uses.get(topic) ?? []), source]);
    }
    return uses;
  }
}

export function wantedDeadLetters(
  topic: string,
  sources: readonly TopicFacts[],
  options: TopicOptions = {},
): WantedTopic {
  const said = wantedTopics({ [topic]: { config: {}, ...options } })[0]!;
  const retentions = sources.map(({ settings = {} }) => numberOf(settings, RETENTION)).filter(Number.isFinite);
  const retention = retentions.some((ms) => ms < 0) ? -1 : Math.max(KEPT, ...retentions);
  return {
    topic,
    partitions: said.partitions ?? Math.max(...sources.map(({ partitions }) => partitions!.length)),
    replication: said.replication ?? Math.max(...sources.map((source) => replicationOf(source)!)),
    settings: { [SIZE]: String(neededSize(sources)), [RETENTION]: String(retention), ...said.settings },
  };
}

/** Of a topic that the brokers say nothing about, nothing is known. */
export function tooSmall({ topic, settings = {} }: TopicFacts, sources: readonly TopicFacts[]): ConfigurationProblem[] {
  const needed = neededSize(sources);
  const size = numberOf(settings, SIZE);
  if (!(size < needed)) return [];
  const largest = sources.find((source) => sizeOf(source) + HEADER_BYTES === needed)!;
  return [
    {
      where: `topic ${topic}`,
      what:
        `it takes records of up to ${size} bytes (${SIZE}), and ${largest.topic}, whose dead letters go there, of up to ${sizeOf(largest)}: ` +
        'the largest of them does not fit, with what is told of its death, and would stop its partition',
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

function toldCreation({ topic, partitions, replication, settings }: WantedTopic): string {
  const told = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return `Created the dead letter topic ${topic}: ${partitions} partitions, ${replication} replicas, ${told.join(', ')}`;
}
