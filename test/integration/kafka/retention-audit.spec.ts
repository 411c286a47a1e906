import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConfigurationError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { RecordSources, type SourceSettings } from '../../support/record-sources.js';

const DAY = 24 * 60 * 60 * 1000;

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

describe('At start, the time for which guards remember is compared with that of their topics', () => {
  it('and is enough, for the usual of both', async () => {
    const { lines } = await sources.start({ topics: ['usual'], remembering: remembering(15), audit: 'refuse' });
    expect(lines.toString()).toBe('');
  });

  it('which is told where it is too short, and does not keep the consumer from starting', async () => {
    const { lines, listener } = await sources.start({
      topics: [/./],
      remembering: (topic) => (topic === 'forever' ? [] : remembering(15)!(topic)),
    });
    await listener.nth('assigned');
    expect(lines.toString().split('\n')).toEqual([
      expect.stringMatching(/^handler of long @Idempotent: it remembers for 15 days.*up to 37 days/),
      expect.stringMatching(/^topic endless: records are kept for ever/),
      expect.stringMatching(/^topic compacted: it is compacted/),
    ]);
  });

  it('or refused, together with everything else that is wrong; of compacted topics there is only a warning', async () => {
    const { source, listener, lines } = sources.make({
      topics: ['long', 'endless', 'forever', 'compacted', 'missing'],
      remembering: remembering(15),
      audit: 'refuse',
    });
    const error = (await source.start(listener).catch((error: unknown) => error)) as ConfigurationError;
    expect(error.problems.map(({ where }) => where)).toEqual([
      'topic missing',
      'handler of long @Idempotent',
      'topic endless, forever',
    ]);
    expect(lines.toString()).toMatch(/^topic compacted: it is compacted/m);
    expect(lines.toString()).not.toContain('@Idempotent');
  });

  it('unless no guard forgets: then nothing is asked', async () => {
    const asked = kafka.faults.add({ api: 'DescribeConfigs', action: 'close' });
    await sources.start({ topics: ['long'], audit: 'refuse' });
    asked.remove();
  });

  it.each(['warn', 'refuse'] as const)('and where the broker does not tell, that is told (%s)', async (audit) => {
    kafka.faults.add({ api: 'DescribeConfigs', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
    const { source, listener, lines } = sources.make({ topics: ['usual'], remembering: remembering(15), audit });
    const told = await source.start(listener).then(String, String);
    expect(audit === 'warn' ? lines.toString() : told).toContain('topic usual: the broker does not tell');
  });

  it('as soon as the broker can answer', async () => {
    kafka.faults.add({ api: 'DescribeConfigs', action: 'close', times: 1 });
    const { lines } = await sources.start({ topics: ['long'], remembering: remembering(15), client: IMPATIENT() });
    expect(lines.toString()).toMatch(/trying again[^]*handler of long @Idempotent/);
  });
});

const IMPATIENT = () => ({ brokers: kafka.brokers, retry: { retries: 0 } });
