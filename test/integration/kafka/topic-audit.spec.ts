import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigurationError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { RecordSources, type SourceSettings } from '../../support/record-sources.js';

const DAY = 24 * 60 * 60 * 1000;

/** A broker of one node replicates nothing. */
const ONE_REPLICA = expect.stringMatching(/^topics? .*: there is one replica/);

let kafka: EmbeddedKafka;
let sources: RecordSources;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ autoCreateTopics: false });
  sources = new RecordSources(kafka.brokers);
  await sources.admin((admin) =>
    admin.createTopics({
      topics: [
        topic('usual', {}),
        topic('long', { 'retention.ms': String(30 * DAY) }),
        topic('endless', { 'retention.ms': '-1' }),
        topic('forever', { 'retention.ms': '-1' }),
        topic('compacted', { 'cleanup.policy': 'compact' }),
        topic('unclean', { 'unclean.leader.election.enable': 'true' }),
      ],
    }),
  );
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

function topic(name: string, configs: Record<string, string>) {
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  return { topic: name, numPartitions: 1, configEntries };
}

const remembering =
  (days: number): SourceSettings['remembering'] =>
  (topic) =>
    topic === 'unguarded' ? [] : [{ label: `handler of ${topic}`, retention: days * DAY }];

async function refusal(settings: SourceSettings): Promise<ConfigurationError['problems']> {
  const { source, listener } = sources.make({ audit: 'refuse', ...settings });
  const error = await source.start(listener).then(
    () => undefined,
    (error: ConfigurationError) => error,
  );
  return error?.problems ?? [];
}

const linesOf = async (settings: SourceSettings) => {
  const { lines, listener } = await sources.start(settings);
  await listener.nth('assigned');
  return lines.toString() === '' ? [] : lines.toString().split('\n');
};

describe('At start topics are audited: findings', () => {
  it('are told in one line for all topics that share them', async () => {
    expect(await linesOf({ topics: ['usual', 'long', 'unclean'] })).toEqual([
      expect.stringMatching(/^topics long, unclean, usual: there is one replica/),
      expect.stringMatching(/^topic unclean: unclean.leader.election.enable is true/),
    ]);
  });

  it('are told of all that the options name, and of dead letter topics, consumed or not', async () => {
    const topicOptions = { long: { startFrom: 'latest' }, nowhere: {} } as const;
    expect(await linesOf({ topics: ['usual'], topicOptions, deadLetterTopics: ['unclean', 'usual-dlt'] })).toEqual([
      expect.stringMatching(/^topics usual, long, unclean: there is one replica/),
      expect.stringMatching(/^topic unclean: unclean/),
      expect.stringMatching(/^topics nowhere, usual-dlt: it does not exist/),
    ]);
  });

  it('or refused, together with everything else that is wrong', async () => {
    const problems = await refusal({
      topics: ['usual', 'unclean', 'missing'],
      durability: { longestOutage: 8 * DAY },
      validate: () => [{ where: 'validated', what: '', remedy: '' }],
    });
    expect(problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      'topic missing: it does not exist',
      ONE_REPLICA,
      expect.stringMatching(/^topic unclean: unclean/),
      expect.stringMatching(/^topics unclean, usual: records are kept for 7 days/),
      'validated: ',
    ]);
  });

  it('of one topic can be left out, or refused alone', async () => {
    const cheap = { topicOptions: { unclean: { audit: 'off' } } } as const;
    expect(await linesOf({ topics: ['usual', 'unclean'], ...cheap })).toEqual([
      expect.stringMatching(/^topic usual: there is one replica/),
    ]);
    const strict = { topicOptions: { unclean: { audit: 'refuse' } } } as const;
    const problems = await refusal({ topics: ['usual', 'unclean'], audit: 'warn', ...strict });
    expect(problems.map(({ where }) => where)).toEqual(['topic unclean', 'topic unclean']);
  });

  it('are not looked for when the audit is off: nothing is asked', async () => {
    kafka.faults.add({ api: 'DescribeConfigs', action: 'close' });
    expect(await linesOf({ topics: ['unclean'], audit: 'off', remembering: remembering(1) })).toEqual([]);
  });
});

describe('The time for which guards remember is compared with that of their topics', () => {
  it('and is enough, for the usual of both', async () => {
    expect(await linesOf({ topics: ['usual'], remembering: remembering(15) })).toEqual([ONE_REPLICA]);
  });

  it('which is told where it is too short, and does not keep the consumer from starting', async () => {
    const { lines, listener } = await sources.start({
      topics: [/./],
      remembering: (topic) => (topic === 'forever' ? [] : remembering(15)!(topic)),
    });
    await listener.nth('assigned');
    expect(lines.toString().split('\n')).toEqual([
      ONE_REPLICA,
      expect.stringMatching(/^topic unclean/),
      expect.stringMatching(/^topic endless: records are kept for ever/),
      expect.stringMatching(/^handler of long @Idempotent: it remembers for 15 days.*up to 37 days/),
      expect.stringMatching(/^topic compacted: it is compacted/),
    ]);
  });

  it('or refused; of compacted topics there is only a warning', async () => {
    const problems = await refusal({
      topics: ['long', 'endless', 'forever', 'compacted'],
      remembering: remembering(15),
    });
    expect(problems.slice(1).map(({ where }) => where)).toEqual([
      'topics endless, forever',
      'handler of long @Idempotent',
    ]);
  });
});

describe('A broker that does not tell', () => {
  const silent = (code: 'TOPIC_AUTHORIZATION_FAILED') =>
    kafka.faults.add({ api: 'DescribeConfigs', action: 'error', code });

  it('is told itself, once for all topics, and does not keep the consumer from starting', async () => {
    silent('TOPIC_AUTHORIZATION_FAILED');
    const lines = await linesOf({ topics: ['usual', 'long', 'endless'], remembering: remembering(15) });
    expect(lines).toEqual([
      ONE_REPLICA,
      expect.stringMatching(/^topics endless, long, usual: the broker does not tell how it keeps records/),
    ]);
  });

  it('is a reason to refuse the start where the start is to be refused', async () => {
    silent('TOPIC_AUTHORIZATION_FAILED');
    const problems = await refusal({ topics: ['usual'] });
    expect(problems.map(({ what }) => what)).toContainEqual(expect.stringContaining('does not tell'));
  });

  it('is asked again when it was only away; nothing is told twice', async () => {
    kafka.faults.add({ api: 'DescribeConfigs', action: 'close', times: 1 });
    const impatient = { brokers: kafka.brokers, retry: { retries: 0 } };
    const lines = await linesOf({ topics: ['usual'], client: impatient });
    expect(lines.filter((line) => !line.startsWith('kafkajs'))).toEqual([
      expect.stringContaining('trying again'),
      ONE_REPLICA,
    ]);
  });
});

it("Somebody else's topic without a leader holds up neither the audit nor the start", async () => {
  kafka.faults.add({
    api: 'Metadata',
    action: 'error',
    code: 'LEADER_NOT_AVAILABLE',
    when: ({ request }) => request.topics === null, // all topics of the cluster
  });
  const topicOptions = { usual: { config: { 'retention.ms': DAY } } };
  expect(await linesOf({ topics: ['usual'], topicOptions })).toEqual([
    expect.stringContaining('retention.ms 604800000 instead of 86400000'),
    ONE_REPLICA,
  ]);
});
