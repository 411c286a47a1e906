import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
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

const members = async () => (await sources.admin((admin) => admin.describeGroups(['g']))).groups[0]!.members;

describe('a crash of kafkajs', () => {
  it.each([
    ['that it would restart after', 'REQUEST_TIMED_OUT', 20],
    ['that it would not restart after', 'TOPIC_AUTHORIZATION_FAILED', 1],
  ] as const)('%s ends in a new assignment, and is told', async (_, code, times) => {
    const { listener, event } = await sources.start({
      topics: ['t'],
      consumer: { groupId: 'g', retry: { retries: 1 } },
    });
    await listener.nth('assigned');
    const broken = kafka.faults.add({ api: 'Fetch', action: 'error', code, times });
    expect(await event('consumer-crashed')).toMatchObject({ restarting: true, error: expect.any(Error) });
    broken.remove();
    await listener.nth('assigned', 2);
    await sources.send('t', ['a']);
    expect(await listener.values(1)).toEqual(['a']);
  });

  it('is final when the user wants it so', async () => {
    const retry = { retries: 1, restartOnFailure: () => Promise.resolve(false) };
    const { listener, event } = await sources.start({ topics: ['t'], consumer: { groupId: 'g', retry } });
    await listener.nth('assigned');
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'REQUEST_TIMED_OUT' });
    expect(await event('consumer-crashed')).toMatchObject({ restarting: false });
    expect(listener.order).toEqual(['assigned', 'drain', 'revoked']);
  });

  it('because the first join is refused is tried again', async () => {
    kafka.faults.add({ api: 'JoinGroup', action: 'error', code: 'GROUP_AUTHORIZATION_FAILED', times: 2 });
    const { listener, events } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    expect(events.filter(({ type }) => type === 'consumer-crashed')).toHaveLength(2);
  });

  it('happens when the listener throws: what it was given is handed over again', async () => {
    await sources.send('t', ['a', 'b']);
    const { source, listener, event } = sources.make({ topics: ['t'] });
    listener.onRecord = () => {
      listener.onRecord = () => undefined;
      throw new TypeError('a bug');
    };
    await source.start(listener);
    expect(await event('consumer-crashed')).toMatchObject({ restarting: true });
    expect((await listener.values(3)).slice(1)).toEqual(['a', 'b']);
  });
});

describe('after stop', () => {
  it('nothing is told, no connection is open and none is made', async () => {
    const dialled: ReturnType<typeof connect>[] = [];
    const { source, listener, events } = await sources.start({
      topics: ['t'],
      client: {
        brokers: kafka.brokers,
        socketFactory: ({ host, port, onConnect }) => {
          const socket = connect({ host, port }, onConnect);
          dialled.push(socket);
          return socket;
        },
      },
    });
    await listener.nth('assigned');
    await source.stop();
    const [told, heard, dials] = [listener.told.length, events.length, dialled.length];
    expect(dialled.every((socket) => socket.destroyed || socket.writableEnded)).toBe(true);
    await sources.send('t', ['a']);
    await expect(commitOne(source, listener, 't', 0, 1n)).rejects.toMatchObject({ reason: 'fenced' });
    expect([listener.told.length, events.length, dialled.length]).toEqual([told, heard, dials]);
    expect(await members()).toEqual([]);
  });

  it('nothing is left of a consumer that was stopped while it recovered from a crash', async () => {
    const { source, listener, event } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'TOPIC_AUTHORIZATION_FAILED' });
    await event('consumer-crashed');
    const joins = kafka.faults.add({ api: 'JoinGroup', action: 'delay', ms: 0 });
    await source.stop();
    expect(await members()).toEqual([]);
    expect(joins.hits).toBe(0);
  });

  it('the group is left even when kafkajs could not', async () => {
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    kafka.faults.add({ api: 'LeaveGroup', action: 'error', code: 'COORDINATOR_NOT_AVAILABLE', times: 1 });
    await source.stop();
    expect(await members()).toEqual([]);
  });

  it('comes soon when the coordinator does not answer at all', async () => {
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    kafka.faults.add({ api: 'LeaveGroup', action: 'dropRequest' });
    const begun = performance.now();
    await source.stop();
    expect(performance.now() - begun).toBeLessThan(12_000);
  }, 15_000);
});

describe("the user's socketFactory", () => {
  it('is used, behind the gate', async () => {
    let dialled = 0;
    const first = await sources.start({
      topics: ['two'],
      client: {
        brokers: kafka.brokers,
        socketFactory: ({ host, port, onConnect }) => {
          dialled++;
          return connect({ host, port }, onConnect);
        },
      },
    });
    await first.listener.nth('assigned');
    const second = await sources.start({ topics: ['two'] });
    await second.listener.nth('assigned');
    expect(dialled).toBeGreaterThan(1);
    expect(first.listener.order.slice(0, 3)).toEqual(['assigned', 'drain', 'revoked']);
  });
});

describe('beside members that use kafkajs as it comes', () => {
  it('the group agrees on the round robin, and partitions go over in both directions', async () => {
    const old = sources.consumer('g');
    const seen: string[] = [];
    await old.connect();
    await old.subscribe({ topics: ['two'], fromBeginning: true });
    await old.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });

    const ours = await sources.start({ topics: ['two'] });
    const { partitions } = await ours.listener.nth('assigned');
    expect(partitions).toHaveLength(1);
    await sources.send('two', ['x'], 0);
    await sources.send('two', ['y'], 1);
    await ours.listener.values(1);

    await old.disconnect();
    expect((await ours.listener.nth('assigned', 2)).partitions).toHaveLength(2);
    expect(new Set([...seen, ...(await ours.listener.values(1))])).toEqual(new Set(['x', 'y']));
  });
});

describe('among its own kind', () => {
  it('a member keeps what it had, and each gets only topics that it knows', async () => {
    const first = await sources.start({ topics: ['two'] });
    await first.listener.nth('assigned');
    const second = await sources.start({ topics: ['two', 't'] });
    const { partitions } = await second.listener.nth('assigned');
    const { partitions: kept } = await first.listener.nth('assigned', 2);
    expect(partitions.map(({ topic }) => topic).toSorted()).toEqual(['t', 'two']);
    expect(kept).toHaveLength(1);
    await kafka.faults.rebalance('g');
    expect((await first.listener.nth('assigned', 3)).partitions).toEqual(kept);
  });
});

describe('the lease', () => {
  it('ends when no heartbeat is acknowledged for a session timeout, though nobody says so, and comes back', async () => {
    await sources.send('t', ['a']);
    const consumer = { groupId: 'g', sessionTimeout: 1_000, heartbeatInterval: 200 };
    const { source, listener, event } = await sources.start({ topics: ['t'], consumer });
    await listener.values(1);
    expect(source.hasLease()).toBe(true);
    kafka.faults.add({ api: 'Heartbeat', action: 'delay', ms: 1_500, times: 1 });
    await event('lease-lost');
    expect(source.hasLease()).toBe(false);
    expect(listener.all('lease')).toEqual([{ what: 'lease', held: false }]);
    await event('lease-regained');
    expect(source.hasLease()).toBe(true);
  });

  it('is kept by commits alone', async () => {
    await sources.send('t', ['a']);
    const consumer = { groupId: 'g', sessionTimeout: 1_000, heartbeatInterval: 900 };
    const { source, listener } = await sources.start({ topics: ['t'], consumer });
    await listener.values(1);
    const begun = performance.now();
    while (performance.now() - begun < 1_500) {
      await commitOne(source, listener, 't', 0, 1n);
      expect(source.hasLease()).toBe(true);
    }
  });

  it('and the delay of the event loop that may have cost it are told', async () => {
    const { listener, event } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    const until = performance.now() + 500;
    while (performance.now() < until);
    // Late by what was left of the block when the pulse was due, a tenth of a second after the one before.
    await event('event-loop-delayed', ({ ms }) => ms > 390 && ms < 5_000);
  });
});
