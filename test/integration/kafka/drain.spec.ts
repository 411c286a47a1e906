import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { Barrier } from '../../support/barrier.js';
import { RecordSources } from '../../support/record-sources.js';
import { commitOne, type StubListener } from '../../support/stub-listener.js';

let kafka: EmbeddedKafka;
let sources: RecordSources;
let barriers: Barrier[];

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { t: 1, two: 2 } });
  sources = new RecordSources(kafka.brokers);
  barriers = [];
});

afterEach(async () => {
  for (const barrier of barriers) barrier.open();
  await sources.stop();
  await kafka.stop();
});

/** Lets a test see how often an API is called, and wait for it. */
const watch = (api: 'JoinGroup' | 'LeaveGroup' | 'Heartbeat') => kafka.faults.add({ api, action: 'delay', ms: 0 });

/** A source with one record in hand, whose drains wait for the barrier. */
async function busy(topic = 't', settings: Parameters<RecordSources['start']>[0] = { topics: [topic] }) {
  const drained = new Barrier();
  barriers.push(drained);
  const running = sources.make({ ...settings, topics: [topic] });
  running.listener.onDrain = () => drained.passed;
  await sources.send(topic, ['in flight']);
  await running.source.start(running.listener);
  await running.listener.values(1);
  return { ...running, drained };
}

/** Nothing of an assignment comes between a drain and the next assignment. */
function expectNoEpochBetween(listener: StubListener): void {
  let open = false;
  for (const { what } of listener.told) {
    if (what === 'assigned') open = true;
    if (what === 'drain') open = false;
    if (what === 'records') expect(open).toBe(true);
  }
}

describe('before it joins the group again, a source', () => {
  it('drains while nobody else can get its partitions, heartbeats go on, and commits are taken', async () => {
    const first = await busy('two');
    const second = await sources.start({ topics: ['two'] });
    await first.listener.nth('drain');
    await watch('Heartbeat').struck(3);
    await expect(commitOne(first.source, first.listener, 'two', 0, 1n, 'drained')).resolves.toHaveLength(1);
    expect(first.source.hasLease()).toBe(true);
    expect(second.listener.told).toEqual([]);

    first.drained.open();
    const { partitions } = await second.listener.nth('assigned');
    const { partitions: rest } = await first.listener.nth('assigned', 2);
    expect([...partitions, ...rest]).toContainEqual(expect.objectContaining({ committed: 1n, metadata: 'drained' }));
    expect(first.listener.order).toEqual(['assigned', 'drain', 'revoked', 'assigned']);
  });

  it('begins to drain when a heartbeat of its own says so, while kafkajs still waits for a fetch', async () => {
    const { listener } = await busy();
    const fetch = kafka.faults.add({ api: 'Fetch', action: 'delay', ms: 3_000, times: 1 });
    await fetch.struck();
    const begun = performance.now();
    void kafka.faults.rebalance('g');
    await listener.nth('drain');
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('begins to drain when a commit says so', async () => {
    const { source, listener, drained } = await busy('t', {
      topics: ['t'],
      consumer: { groupId: 'g', heartbeatInterval: 5_000, sessionTimeout: 20_000 },
    });
    kafka.faults.add({ api: 'OffsetCommit', action: 'error', code: 'REBALANCE_IN_PROGRESS', times: 1 });
    await expect(commitOne(source, listener, 't', 0, 1n)).rejects.toMatchObject({ reason: 'rebalancing' });
    await listener.nth('drain');
    drained.open();
  });

  it('hands nothing over from the drain to the next assignment, and then from the commit on', async () => {
    const { source, listener, drained } = await busy();
    void kafka.faults.rebalance('g');
    await listener.nth('drain');
    await sources.send('t', ['during']);
    await commitOne(source, listener, 't', 0, 1n);
    await watch('Heartbeat').struck();
    drained.open();
    expect(await listener.values(2)).toEqual(['in flight', 'during']);
    expectNoEpochBetween(listener);
  });

  it('refuses commits of an assignment that is over', async () => {
    const { source, listener, drained } = await busy();
    drained.open();
    const old = listener.assignment;
    void kafka.faults.rebalance('g');
    await listener.nth('revoked');
    const late = source.commit(old, [{ topic: 't', partition: 0, offset: 1n, metadata: '' }]);
    await expect(late).rejects.toMatchObject({ reason: 'fenced' });
    await listener.nth('assigned', 2);
    await expect(source.commit(old, [])).rejects.toMatchObject({ reason: 'fenced' });
    expect(await sources.committed('t')).toEqual([{ offset: '-1', metadata: null }]);
  });

  it('goes on without a listener that does not come back from its drain', async () => {
    const first = await busy('two', { topics: ['two'], drainTimeout: 100 });
    const second = await sources.start({ topics: ['two'] });
    await second.listener.nth('assigned');
    expect(first.listener.order.slice(0, 3)).toEqual(['assigned', 'drain', 'revoked']);
    expect(String(first.lines)).toContain('not drained');
    first.drained.open();
  });
});

describe('when a member is unknown', () => {
  it('its first join is held as well, while work of the earlier membership is in flight', async () => {
    // The broker knows it very well: a short session lets it forget the old membership.
    const consumer = { groupId: 'g', sessionTimeout: 1_500, heartbeatInterval: 100 };
    const { listener, source, drained, lines } = await busy('t', { topics: ['t'], consumer });
    const strangers = kafka.faults.add({ api: 'Heartbeat', action: 'error', code: 'UNKNOWN_MEMBER_ID' });
    await listener.nth('drain');
    expect(source.hasLease()).toBe(false);
    expect(listener.all('lease')).toEqual([{ what: 'lease', held: false }]);

    const joins = watch('JoinGroup');
    await lines.until('re-joining');
    strangers.remove();
    await sources.admin((admin) => admin.listTopics());
    expect(joins.hits).toBe(0);
    drained.open();
    await listener.nth('assigned', 2);
    expect(source.hasLease()).toBe(true);
  });
});

describe('when kafkajs crashes', () => {
  it('the group is left only after the drain, and joined again', async () => {
    const { listener, drained, events } = await busy();
    const leaves = watch('LeaveGroup');
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED', times: 1 });
    const { reason } = await listener.nth('drain');
    expect(reason).toBe('leave');
    await watch('Heartbeat').struck(2);
    expect(leaves.hits).toBe(0);
    drained.open();
    await listener.nth('assigned', 2);
    expect(leaves.hits).toBe(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'consumer-crashed', restarting: true }));
  });
});

describe('when a join fails on its way and kafkajs goes on as if nothing was', () => {
  it('the next acknowledged heartbeat opens an assignment again', async () => {
    const { listener, drained } = await busy();
    drained.open();
    const joins = kafka.faults.add({ api: 'JoinGroup', action: 'close', times: 1 });
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'NOT_LEADER_OR_FOLLOWER', times: 1 });
    await joins.struck();
    await listener.nth('assigned', 2);
    expect(listener.order).toEqual(['assigned', 'drain', 'revoked', 'assigned']);
  });
});

describe('when joins follow each other', () => {
  it('only the positions of the newest are told', async () => {
    const earlier = await busy();
    await commitOne(earlier.source, earlier.listener, 't', 0, 0n);
    earlier.drained.open();
    await earlier.source.stop();

    // kafkajs itself does not ask for the log's bounds of a partition with a commit.
    const slow = kafka.faults.add({ api: 'ListOffsets', action: 'delay', ms: 1_500 });
    const { source, listener } = await sources.start({ topics: ['t'] });
    await slow.struck();
    await kafka.faults.rebalance('g');
    await slow.struck(3);
    slow.remove();
    await listener.values(1);
    expect(listener.order).toEqual(['assigned']);
    expect(listener.assignment).toBe(1);
    await expect(commitOne(source, listener, 't', 0, 1n)).resolves.toHaveLength(1);
  });
});

describe('on shutdown', () => {
  it('a join that is held is not sent any more; the group is left instead', async () => {
    const first = await busy('two');
    const second = await sources.start({ topics: ['two'] });
    await first.listener.nth('drain');
    await watch('Heartbeat').struck(2);
    const joins = watch('JoinGroup');
    const leaves = watch('LeaveGroup');
    const stopped = first.source.stop();
    first.drained.open();
    await stopped;
    expect(leaves.hits).toBe(1);
    expect(joins.hits).toBe(0);
    expect(first.listener.order).toEqual(['assigned', 'drain', 'revoked']);
    expect((await second.listener.nth('assigned')).partitions).toHaveLength(2);
  });

  it('a join whose answer is still to come does not keep it: the group is left beside it', async () => {
    const blocker = await busy('two');
    const late = await sources.start({ topics: ['two'] });
    await blocker.listener.nth('drain');
    await late.source.stop();
    blocker.drained.open();
    expect((await blocker.listener.nth('assigned', 2)).partitions).toHaveLength(2);
    const { groups } = await sources.admin((admin) => admin.describeGroups(['g']));
    expect(groups[0]!.members).toHaveLength(1);
    expect(late.listener.told).toEqual([]);
  });

  it('is told once, whoever asks for it', async () => {
    const { source, listener, drained } = await busy();
    const stops = [source.stop(), source.stop()];
    drained.open();
    await Promise.all(stops);
    expect(listener.all('drain')).toEqual([{ what: 'drain', reason: 'shutdown' }]);
  });

  it('leaves no zombie behind, however early it comes', async () => {
    const joins = watch('JoinGroup');
    const { source, listener } = sources.make({ topics: ['t'] });
    const starting = source.start(listener).catch(() => undefined);
    await joins.struck();
    await source.stop();
    await starting;
    const { groups } = await sources.admin((admin) => admin.describeGroups(['g']));
    expect(groups[0]!.members).toEqual([]);
    expect(listener.told).toEqual([]);
  });
});
