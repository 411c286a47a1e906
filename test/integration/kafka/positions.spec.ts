import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { RecordSources } from '../../support/record-sources.js';
import { commitOne } from '../../support/stub-listener.js';

let kafka: EmbeddedKafka;
let sources: RecordSources;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { t: 1, two: 2 } });
  sources = new RecordSources(kafka.brokers);
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

const LATEST = { groupId: 'g', startFrom: 'latest' } as const;

describe('a group without commits that starts from the latest', () => {
  it('skips what is there, and commits that once, before its first fetch', async () => {
    await sources.send('t', ['old']);
    const { source, listener } = await sources.start({ topics: ['t'], consumer: LATEST });
    const { partitions } = await listener.nth('assigned');
    expect(partitions).toMatchObject([{ committed: 1n, position: 1n }]);
    await source.stop();

    await sources.send('t', ['while', 'nobody', 'was', 'there']);
    const next = await sources.start({ topics: ['t'], consumer: LATEST });
    expect(await next.listener.values(4)).toEqual(['while', 'nobody', 'was', 'there']);
  });

  it('does so for all partitions of the topic at once, however many members begin', async () => {
    await sources.send('two', ['old'], 0);
    await sources.send('two', ['old', 'older'], 1);
    const members = await Promise.all([1, 2].map(() => sources.start({ topics: ['two'], consumer: LATEST })));
    await Promise.all(members.map(({ listener }) => listener.nth('assigned')));
    expect(await sources.committed('two')).toEqual([
      { offset: '1', metadata: null },
      { offset: '2', metadata: null },
    ]);
    await sources.send('two', ['new'], 0);
    await sources.send('two', ['new'], 1);
    await Promise.race(members.map(({ listener }) => listener.values(1)));
    expect(new Set(members.flatMap(({ listener }) => listener.received.map(({ value }) => String(value))))).toEqual(
      new Set(['new']),
    );
  });

  it('reads partitions that are added later from their beginning', async () => {
    const { listener } = await sources.start({ topics: ['t'], consumer: LATEST, metadataMaxAge: 200 });
    await listener.nth('assigned');
    await sources.admin((admin) => admin.createPartitions({ topicPartitions: [{ topic: 't', count: 2 }] }));
    await sources.send('t', ['first of its partition'], 1);
    expect(await listener.values(1)).toEqual(['first of its partition']);
  });

  it('can be asked for by topic', async () => {
    await sources.send('t', ['old']);
    await sources.send('two', ['old too']);
    const { listener } = await sources.start({ topics: ['t', 'two'], topicOptions: { t: { startFrom: 'latest' } } });
    const { partitions } = await listener.nth('assigned');
    const position = (topic: string) => partitions.find((one) => one.topic === topic && one.partition === 0)!.position;
    expect([position('t'), position('two')]).toEqual([1n, 0n]);
  });
});

describe('a position outside the log', () => {
  /** A group that was at offset 1 of a log that now begins at 3. */
  async function overtaken(): Promise<void> {
    await sources.send('t', ['a', 'b', 'c', 'd']);
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.values(4);
    await commitOne(source, listener, 't', 0, 1n, 'mine');
    await source.stop();
    await truncate('3');
  }
  const truncate = (offset: string) =>
    sources.admin(async (admin) => {
      await admin.fetchTopicOffsets('t'); // it must know the topic before it deletes records of it
      await admin.deleteTopicRecords({ topic: 't', partitions: [{ partition: 0, offset }] });
    });

  it('stops its partition and says so; neither position nor commit are moved', async () => {
    await overtaken();
    const { source, listener, events } = await sources.start({ topics: ['t'] });
    const { partitions } = await listener.nth('assigned');
    expect(partitions).toMatchObject([{ committed: 1n, position: 1n, logStart: 3n, logEnd: 4n }]);
    expect(source.pauseReasons({ topic: 't', partition: 0 })).toEqual(['out-of-range']);
    expect(events).toContainEqual({
      type: 'out-of-range',
      topic: 't',
      partition: 0,
      position: 1n,
      logStart: 3n,
      logEnd: 4n,
    });
    await source.stop();
    expect(listener.received).toEqual([]);
    expect(await sources.committed('t')).toEqual([{ offset: '1', metadata: 'mine' }]);
  });

  it('goes on where it is sought to', async () => {
    await overtaken();
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    source.seek({ topic: 't', partition: 0 }, 3n);
    expect(await listener.values(1)).toEqual(['d']);
    expect(source.pauseReasons({ topic: 't', partition: 0 })).toEqual([]);
  });

  it.each([
    ['earliest', 3n],
    ['latest', 4n],
  ] as const)('goes to the %s offset when it was told to, and commits that first', async (outOfRange, position) => {
    await overtaken();
    const { listener, events } = await sources.start({ topics: ['t'], outOfRange });
    const { partitions } = await listener.nth('assigned');
    expect(partitions).toMatchObject([{ committed: position, position }]);
    expect(await sources.committed('t')).toEqual([{ offset: `${position}`, metadata: null }]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'out-of-range', position: 1n }));
  });

  it('is found before a pause ends', async () => {
    await sources.send('t', ['a']);
    const { source, listener, event } = await sources.start({ topics: ['t'] });
    await listener.values(1);
    await commitOne(source, listener, 't', 0, 1n, 'mine');
    source.pause({ topic: 't', partition: 0 }, 'operator');
    await sources.send('t', ['b', 'c']);
    await truncate('2');
    source.resume({ topic: 't', partition: 0 }, 'operator');
    expect(await event('out-of-range')).toMatchObject({ position: 1n, logStart: 2n, logEnd: 3n });
    await source.stop();
    expect(source.pauseReasons({ topic: 't', partition: 0 })).toEqual(['out-of-range']);
    expect(listener.received).toHaveLength(1);
    expect(await sources.committed('t')).toEqual([{ offset: '1', metadata: 'mine' }]);
  });

  it('that overtakes a running fetch, forwards, is a gap when it was told to go on', async () => {
    await sources.send('t', ['a']);
    const { source, listener, events } = await sources.start({ topics: ['t'], outOfRange: 'earliest' });
    await listener.values(1);
    await commitOne(source, listener, 't', 0, 1n, 'mine');
    source.pause({ topic: 't', partition: 0 }, 'operator');
    await sources.send('t', ['b', 'c']);
    await truncate('2');
    source.resume({ topic: 't', partition: 0 }, 'operator');
    expect(await listener.values(2)).toEqual(['a', 'c']);
    expect(events.filter(({ type }) => type === 'out-of-range')).toHaveLength(1);
    expect(listener.order).toEqual(['assigned']);
  });
});

it('a position beyond the log begins a new assignment when it was told to go back', async () => {
  await sources.send('t', ['a']);
  const { source, listener, event } = await sources.start({ topics: ['t'], outOfRange: 'earliest' });
  await listener.values(1);
  source.seek({ topic: 't', partition: 0 }, 100n);
  expect(await event('out-of-range')).toMatchObject({ position: 100n, logEnd: 1n });
  await listener.nth('assigned', 2);
  expect(await listener.values(2)).toEqual(['a', 'a']);
});

describe('when kafkajs resets a position by itself', () => {
  it('what it committed is put right, and nothing is read twice or skipped', async () => {
    await sources.send('t', ['a', 'b']);
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.values(2);
    await commitOne(source, listener, 't', 0, 2n, 'mine');

    const resets = kafka.faults.add({
      api: 'OffsetCommit',
      action: 'delay',
      ms: 0,
      when: ({ request }) => request.topics[0].partitions[0].committedOffset === -2,
    });
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'OFFSET_OUT_OF_RANGE', times: 1 });
    await resets.struck();
    const repaired = kafka.faults.add({ api: 'OffsetCommit', action: 'delay', ms: 0 });
    await repaired.struck();
    await sources.send('t', ['c']);
    expect(await listener.values(3)).toEqual(['a', 'b', 'c']);
    expect(await sources.committed('t')).toEqual([{ offset: '2', metadata: 'mine' }]);
  });
});

describe('records that are not for us', () => {
  it('move the position all the same: control records behind a batch, and transactions that were aborted', async () => {
    const { listener } = await sources.start({ topics: ['t'] });
    await sources.transaction('t', ['a', 'b'], 'commit');
    await listener.values(2);
    expect(listener.all('records').at(-1)!.batch.nextOffset).toBe(3n);

    await sources.transaction('t', ['never', 'seen'], 'abort');
    await listener.until((told) => told.some((event) => event.what === 'records' && event.batch.nextOffset === 6n));
    expect(listener.all('records').at(-1)!.batch.records).toEqual([]);

    await sources.send('t', ['c']);
    expect(await listener.values(3)).toEqual(['a', 'b', 'c']);
    expect(listener.received.at(-1)!.offset).toBe(6n);
  });
});

describe('seek', () => {
  it('moves the position back or forth, and drops what was fetched before it', async () => {
    await sources.send('t', ['a', 'b', 'c']);
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.values(3);
    source.seek({ topic: 't', partition: 0 }, 1n);
    expect(await listener.values(5)).toEqual(['a', 'b', 'c', 'b', 'c']);
    source.seek({ topic: 't', partition: 0 }, 3n);
    await sources.send('t', ['d']);
    expect(await listener.values(6)).toEqual(['a', 'b', 'c', 'b', 'c', 'd']);
  });

  it('refuses partitions that are not assigned here', async () => {
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    expect(() => source.seek({ topic: 'two', partition: 0 }, 1n)).toThrow('two[0]');
  });

  it('begins where the listener says at assignment', async () => {
    await sources.send('t', ['a', 'b', 'c']);
    const { source, listener } = sources.make({ topics: ['t'] });
    listener.positions = () => [2n];
    await source.start(listener);
    expect(await listener.values(1)).toEqual(['c']);
  });
});

it('offsetAt finds the first record at or after a time, and the log end when there is none', async () => {
  await sources.send('t', ['a']);
  const { source, listener } = await sources.start({ topics: ['t'] });
  await listener.values(1);
  const then = Number(listener.received[0]!.timestamp);
  const partition = { topic: 't', partition: 0 };
  await expect(source.offsetAt(partition, then)).resolves.toBe(0n);
  await expect(source.offsetAt(partition, then + 1_000_000)).resolves.toBe(1n);
  await expect(source.offsetAt({ topic: 't', partition: 7 }, then)).rejects.toThrow('t[7]');
});

describe('pauses', () => {
  const T0 = { topic: 't', partition: 0 };

  it('end when their last reason does, and are told', async () => {
    const { source, listener, events } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    source.pause(T0, 'operator');
    source.pause(T0, 'back-pressure');
    await sources.send('t', ['a']);
    source.resume(T0, 'operator');
    source.resume(T0, 'operator');
    expect(source.pauseReasons(T0)).toEqual(['back-pressure']);
    const fetches = kafka.faults.add({ api: 'Heartbeat', action: 'delay', ms: 0 });
    await fetches.struck();
    expect(listener.received).toEqual([]);
    source.resume(T0, 'back-pressure');
    await listener.values(1);
    expect(events.filter(({ type }) => type === 'paused' || type === 'resumed')).toMatchObject([
      { type: 'paused', reason: 'operator' },
      { type: 'paused', reason: 'back-pressure' },
      { type: 'resumed', reason: 'operator' },
      { type: 'resumed', reason: 'back-pressure' },
    ]);
  });

  it('of an operator outlive a rebalance and a restart of kafkajs; those of an assignment end with it', async () => {
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    source.pause(T0, 'operator');
    source.pause(T0, 'back-pressure');
    await kafka.faults.rebalance('g');
    await listener.nth('assigned', 2);
    expect(source.pauseReasons(T0)).toEqual(['operator']);

    // All is paused, so kafkajs does not fetch: a heartbeat is what it can stumble over.
    kafka.faults.add({ api: 'Heartbeat', action: 'error', code: 'GROUP_AUTHORIZATION_FAILED', times: 1 });
    await listener.nth('assigned', 3);
    await sources.send('t', ['a']);
    await kafka.faults.add({ api: 'Heartbeat', action: 'delay', ms: 0 }).struck();
    expect(listener.received).toEqual([]);
    source.resume(T0, 'operator');
    expect(await listener.values(1)).toEqual(['a']);
  });

  it('may begin in the middle of a batch that is being handed over', async () => {
    await sources.send('t', ['a', 'b']);
    const { source, listener } = sources.make({ topics: ['t'] });
    listener.onRecord = () => source.pause(T0, 'back-pressure');
    await source.start(listener);
    await listener.values(2);
    await sources.send('t', ['c']);
    await kafka.faults.add({ api: 'Heartbeat', action: 'delay', ms: 0 }).struck();
    expect(listener.received).toHaveLength(2);
  });
});
