import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wantedTopics } from '../../../libs/reliable-kafka/src/durability/index.js';
import { provision, withAdmin } from '../../../libs/reliable-kafka/src/kafka/index.js';
import type { ConfigurationError, TopicOptions } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { Lines, RecordSources } from '../../support/record-sources.js';

const TOPIC = 2;
const NOTHING = { created: [], altered: [], differences: [], skipped: [], refused: [] };

let kafka: EmbeddedKafka;
let sources: RecordSources;
let lines: Lines;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { there: 2 }, autoCreateTopics: false });
  sources = new RecordSources(kafka.brokers);
  lines = new Lines();
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

function applied(options: Record<string, TopicOptions>, { alter = false, client = {} } = {}) {
  const write = (line: string) => lines.write(line);
  const log = { log: write, warn: write, error: write };
  return withAdmin({ client: { brokers: kafka.brokers, ...client }, log }, (admin) =>
    provision(admin, wantedTopics(options), alter),
  );
}

const settingsOf = (topic: string, ...configNames: string[]) =>
  sources.admin(async (admin) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: TOPIC, name: topic, configNames }],
    });
    const entries = resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]);
    return Object.fromEntries(entries);
  });

const partitionsOf = (topic: string) =>
  sources.admin(async (admin) => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions.length);

describe('Provisioning', () => {
  it('creates what is missing, as it is wanted', async () => {
    const config = { 'retention.ms': 1_000, 'cleanup.policy': 'compact,delete', preallocate: true };
    expect(await applied({ a: { partitions: 3, replication: 1, config }, b: { partitions: 1 } })).toEqual({
      ...NOTHING,
      created: ['a', 'b'],
    });
    expect(await partitionsOf('a')).toBe(3);
    expect(await settingsOf('a', 'retention.ms', 'cleanup.policy', 'preallocate')).toEqual({
      'retention.ms': '1000',
      'cleanup.policy': 'compact,delete',
      preallocate: 'true',
    });
  });

  it('does nothing the second time, whoever has done it the first time', async () => {
    const options = { a: { partitions: 3, config: { 'retention.ms': 1_000 } }, there: { partitions: 2 } };
    expect((await applied(options)).created).toEqual(['a']);
    expect(await applied(options)).toEqual(NOTHING);
  });

  it('may be done by many at once', async () => {
    const options = Object.fromEntries([...'abcdef'].map((topic) => [topic, { partitions: 2 }]));
    const all = await Promise.all([1, 2, 3].map(() => applied(options)));
    expect(all.flatMap(({ refused, differences }) => [...refused, ...differences])).toEqual([]);
    expect(await Promise.all(Object.keys(options).map(partitionsOf))).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('does not mind that somebody else was quicker', async () => {
    kafka.faults.add({
      api: 'Metadata',
      action: 'error',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      times: 2, // both topics are asked about together, and then each alone
      when: ({ request }) => request.topics?.[0]?.name === 'there',
    });
    const { created, refused } = await applied({
      there: { partitions: 2 },
      wrong: { partitions: 1, config: { 'no.such.setting': 1 } },
    });
    expect(created).toEqual(['there']);
    expect(refused.map(({ where }) => where)).toEqual(["topics['wrong']"]);
  });

  it('waits until brokers have heard of what was created, with leaders for all of it', async () => {
    const unheard = kafka.faults.add({
      api: 'Metadata',
      action: 'error',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      when: ({ request }) => request.topics?.some(({ name }: { name: string }) => name === 'a') === true,
    });
    let done = false;
    const applying = applied({ a: { partitions: 3 } }).finally(() => (done = true));
    await unheard.struck(3); // before the topic is created, and twice after it
    expect(done).toBe(false);
    unheard.remove();
    expect((await applying).created).toEqual(['a']);
  });

  it('tells what differs, and leaves it alone', async () => {
    const options = { there: { partitions: 5, replication: 3, config: { 'retention.ms': 1_000 } } };
    const differences = [
      { topic: 'there', what: 'partitions', wanted: '5', actual: '2' },
      { topic: 'there', what: 'replication', wanted: '3', actual: '1' },
      { topic: 'there', what: 'retention.ms', wanted: '1000', actual: '604800000' },
    ];
    expect(await applied(options)).toEqual({ ...NOTHING, differences });
    expect(await partitionsOf('there')).toBe(2);
    expect(await settingsOf('there', 'retention.ms')).toEqual({ 'retention.ms': '604800000' });
  });

  it('changes settings when it is told to, those that are named and no others; never partitions or replicas', async () => {
    await applied({ a: { partitions: 1, config: { 'segment.ms': 5_000, 'retention.ms': 1_000 } } });
    const options = { a: { partitions: 2, config: { 'retention.ms': 2_000, 'max.message.bytes': 3_000 } } };
    const { altered, differences } = await applied(options, { alter: true });
    expect(altered.map(({ what, actual, wanted }) => [what, actual, wanted])).toEqual([
      ['retention.ms', '1000', '2000'],
      ['max.message.bytes', '1048588', '3000'],
    ]);
    expect(differences.map(({ what }) => what)).toEqual(['partitions']);
    expect(await settingsOf('a', 'segment.ms', 'retention.ms', 'max.message.bytes')).toEqual({
      'segment.ms': '5000',
      'retention.ms': '2000',
      'max.message.bytes': '3000',
    });
  });

  it('does all the rest when something is refused, and tells why', async () => {
    const { created, refused } = await applied({
      'too.many': { partitions: 1, replication: 3 },
      'no.such': { partitions: 1, config: { 'no.such.setting': 1 } },
      fine: { partitions: 1 },
    });
    expect(created).toEqual(['fine']);
    expect(refused).toEqual([
      expect.objectContaining({
        where: "topics['too.many']",
        what: expect.stringContaining('INVALID_REPLICATION_FACTOR'),
        remedy: "Set topics['too.many'].replication to at most the number of brokers (it is 3).",
      }),
      expect.objectContaining({ where: "topics['no.such']", remedy: expect.stringContaining('no.such.setting=1') }),
    ]);
  });

  it('tells a change that is refused, and that nobody knows a setting', async () => {
    const { altered, differences, refused } = await applied(
      { there: { config: { 'no.such.setting': 1 } } },
      { alter: true },
    );
    expect([altered, refused]).toEqual([[], [expect.objectContaining({ where: "topics['there'].config" })]]);
    expect(differences).toEqual([{ topic: 'there', what: 'no.such.setting', wanted: '1', actual: undefined }]);
  });

  it('leaves out what is not there and is not to be created, what cannot be there, and what is not told', async () => {
    const { skipped: left } = await applied({ gone: { replication: 3 }, 'no name': { partitions: 1 } });
    expect(left).toMatchObject([{ where: 'topic gone' }, { where: 'topic no name' }]);
    kafka.faults.add({ api: 'DescribeConfigs', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
    const { skipped, differences } = await applied({ there: { partitions: 3, config: { 'retention.ms': 1 } } });
    expect(skipped).toMatchObject([{ where: 'topic there', what: expect.stringContaining('does not tell') }]);
    expect(differences.map(({ what }) => what)).toEqual(['partitions']);
  });

  it('rejects when no broker answers', async () => {
    await kafka.stop();
    await expect(applied({ a: { partitions: 1 } }, { client: { retry: { retries: 0 } } })).rejects.toThrow(
      'Connection error',
    );
  });
});

describe('At start', () => {
  it('topics of the options are created whether they are consumed or not, with their settings', async () => {
    const { listener, lines } = await sources.start({
      topics: ['in'],
      topicOptions: { in: { partitions: 3 }, out: { partitions: 2, config: { 'retention.ms': 1_000 } } },
    });
    expect((await listener.nth('assigned')).partitions).toHaveLength(3);
    expect(await partitionsOf('out')).toBe(2);
    expect(await settingsOf('out', 'retention.ms')).toEqual({ 'retention.ms': '1000' });
    expect(lines.toString()).toContain("Created in, out, as the option 'topics' says");
  });

  it('what differs is told, and what is refused keeps the consumer from starting', async () => {
    const { lines, listener } = await sources.start({ topics: ['there'], topicOptions: { there: { partitions: 3 } } });
    await listener.nth('assigned');
    expect(lines.toString()).toContain(
      "topic there is not as the option 'topics' wants it, and was left alone: partitions 2 instead of 3",
    );
    const error = (await sources
      .start({ topics: ['new', 'gone'], topicOptions: { new: { partitions: 1, replication: 3 } } })
      .catch((error: unknown) => error)) as ConfigurationError;
    expect(error.problems.map(({ where }) => where)).toEqual(['topic gone', "topics['new']"]);
  });
});
