import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import type { ConfigurationError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { RecordSources, type SourceSettings } from '../../support/record-sources.js';
import { commitOne } from '../../support/stub-listener.js';

let kafka: EmbeddedKafka;
let sources: RecordSources;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { t: 1 }, autoCreateTopics: false });
  sources = new RecordSources(kafka.brokers);
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

/** kafkajs tries again by itself before it says that nobody is there. */
const IMPATIENT = { retry: { retries: 0 } };

const problemsOf = async (settings: SourceSettings) => {
  const error = await sources.start(settings).catch((error: ConfigurationError) => error);
  return 'problems' in error ? error.problems.map(({ where }) => where) : 'started';
};

/** Commits of an earlier consumer. */
async function leaveOffsets(group: string, offset: bigint): Promise<void> {
  const { source, listener } = await sources.start({ topics: ['t'], group });
  await listener.nth('assigned');
  await commitOne(source, listener, 't', 0, offset);
  await source.stop();
}

describe('a source does not start', () => {
  it('without its topics, and tells all that is wrong at once', async () => {
    expect(
      await problemsOf({
        topics: ['t', 'x', 'y'],
        topicOptions: { y: { replication: 1 } },
        drainTimeout: 70_000,
        validate: (counts) => [{ where: `validated ${counts.get('t')}`, what: '', remedy: '' }],
      }),
    ).toEqual(['consumer.rebalanceTimeout', 'topic x', 'topic y', 'validated 1']);
  });

  it('with wrong options, also when no broker answers', async () => {
    await kafka.stop();
    expect(
      await problemsOf({ topics: ['t'], drainTimeout: 70_000, client: { brokers: kafka.brokers, ...IMPATIENT } }),
    ).toEqual(['consumer.rebalanceTimeout']);
  });

  it("as a new group beside the offsets that Nest's ServerKafka left under its own name for it", async () => {
    await leaveOffsets('g-server', 0n);
    const error = await sources.start({ topics: ['t'] }).catch((error: Error) => error);
    expect(String(error)).toMatch(/groupId: 'g-server'.*adopt: true/);
  });

  it('but does not mind that group once it has commits of its own', async () => {
    await leaveOffsets('g', 0n);
    await leaveOffsets('g-server', 0n);
    expect(await problemsOf({ topics: ['t'] })).toBe('started');
  });
});

describe('adopt', () => {
  it('copies the offsets of the old group', async () => {
    await sources.send('t', ['a', 'b', 'c']);
    await leaveOffsets('g-server', 2n);
    const { listener } = await sources.start({ topics: ['t'], adopt: true });
    expect(await listener.values(1)).toEqual(['c']);
    expect(await sources.committed('t')).toEqual([{ offset: '2', metadata: null }]);
  });

  it('never overwrites what the group has', async () => {
    await sources.send('t', ['a', 'b', 'c']);
    await leaveOffsets('g', 1n);
    await leaveOffsets('g-server', 2n);
    const { listener } = await sources.start({ topics: ['t'], adopt: true });
    expect(await listener.values(2)).toEqual(['b', 'c']);
  });
});

describe('topics', () => {
  it('are created when their options say how many partitions they have', async () => {
    const { source, listener } = await sources.start({ topics: ['new'], topicOptions: { new: { partitions: 3 } } });
    expect((await listener.nth('assigned')).partitions).toHaveLength(3);
    expect(source.partitionCounts()).toEqual(new Map([['new', 3]]));
  });

  it('match patterns, whatever their flags, save internal, reply and dead letter topics', async () => {
    const names = ['sms.a', 'sms.b', 'sms.c', '__sms.internal', 'sms.reply', 'sms.a-dlt'];
    await sources.admin((admin) => admin.createTopics({ topics: names.map((topic) => ({ topic })) }));
    const { source } = await sources.start({ topics: [/sms/g] });
    expect([...source.partitionCounts().keys()].toSorted()).toEqual(['sms.a', 'sms.b', 'sms.c']);
    const sticky = await sources.start({ topics: [/sms\./y, 'sms.reply'], group: 'other' });
    expect([...sticky.source.partitionCounts().keys()].toSorted()).toEqual(['sms.a', 'sms.b', 'sms.c', 'sms.reply']);
  });

  it('that match later are consumed after a drain, without losing what is in hand', async () => {
    const { listener } = await sources.start({ topics: ['t', /^late/], metadataMaxAge: 200 });
    await listener.nth('assigned');
    await sources.admin((admin) => admin.createTopics({ topics: [{ topic: 'later' }] }));
    await sources.send('later', ['a']);
    expect(await listener.values(1)).toEqual(['a']);
    expect(listener.order).toEqual(['assigned', 'drain', 'revoked', 'assigned']);
  });

  it('of a pattern that vanish do not take the others with them', async () => {
    await sources.admin((admin) => admin.createTopics({ topics: [{ topic: 'fleeting' }] }));
    const { listener } = await sources.start({
      topics: ['t', /^fleeting/],
      consumer: { groupId: 'g', retry: { retries: 0 } },
    });
    await listener.nth('assigned');
    await sources.admin((admin) => admin.deleteTopics({ topics: ['fleeting'] }));
    await listener.nth('assigned', 2);
    await sources.send('t', ['still here']);
    expect(await listener.values(1)).toEqual(['still here']);
  });
});

describe('while Kafka is away', () => {
  it('a start goes on trying, and says so', async () => {
    const [broker] = kafka.brokers;
    await kafka.stop();
    const { source, listener, lines } = sources.make({ topics: ['t'], client: { brokers: [broker!], ...IMPATIENT } });
    const started = source.start(listener);
    await lines.until('trying again');
    kafka = await EmbeddedKafka.start({ port: Number(broker!.split(':')[1]), topics: { t: 1 } });
    await started;
    await listener.nth('assigned');
  });

  it('a start can be given up', async () => {
    await kafka.stop();
    const { source, listener, lines } = sources.make({
      topics: ['t'],
      client: { brokers: kafka.brokers, ...IMPATIENT },
    });
    const started = source.start(listener);
    await lines.until('trying again');
    await source.stop();
    await expect(started).rejects.toThrow('stopped before');
  });
});
