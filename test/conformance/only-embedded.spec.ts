import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { EmbeddedKafka, type FaultOptions } from '../../libs/reliable-kafka/src/testing/index.js';
import { apis, errors, type Api } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf } from './batch.js';
import { Cluster, eventually, fetchOf } from './cluster.js';
import type { RawClient } from './raw-client.js';
import { RawMember } from './raw-member.js';

const NEVER_GIVEN_OTHERWISE = 77;

describe('EmbeddedKafka as a test tool', () => {
  let kafka: EmbeddedKafka;
  let cluster: Cluster;
  let client: RawClient;
  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { orders: 3 } });
    cluster = new Cluster({ brokers: kafka.brokers, shortestSessionMs: 1 });
    client = await cluster.raw(kafka.brokers[0], 'tester');
  });
  afterEach(async () => {
    await cluster.close();
    await kafka.stop();
  });

  const metadata = () => client.call(apis.metadata, 8, { topics: [{ name: 'orders' }] });
  const produce = () => cluster.produce(client, 'orders', batchOf(['a']));
  const end = async () => (await cluster.fetch(await cluster.raw(), 'orders', 0)).highWatermark;

  describe('its life', () => {
    it('starts on a free port in well under 300 ms, with the topics that were asked for', async () => {
      const from = performance.now();
      const other = await EmbeddedKafka.start();
      expect(performance.now() - from).toBeLessThan(300);
      expect(other.brokers).not.toEqual(kafka.brokers);
      expect(other.brokers[0]).toMatch(/^127\.0\.0\.1:\d+$/);
      await other.stop();
      expect((await metadata()).topics[0]!.partitions).toHaveLength(3);
    });

    it('listens on the port that it is given, again after a stop, and forgets everything', async () => {
      await produce();
      const [address] = kafka.brokers;
      await cluster.close();
      await kafka.stop();
      kafka = await EmbeddedKafka.start({ port: Number(address!.split(':')[1]), topics: { orders: 1 } });
      expect(kafka.brokers).toEqual([address]);
      expect(await end()).toBe(0);
    });

    it('rejects a port that is taken and partitions that are not there', async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      await expect(EmbeddedKafka.start({ port })).rejects.toThrow('EADDRINUSE');
      taken.close();
      await expect(EmbeddedKafka.start({ topics: { none: 0 } })).rejects.toThrow(
        '"none" needs a positive whole number',
      );
      await expect(EmbeddedKafka.start({ topics: { 'a b': 1 } })).rejects.toThrow('"a b" is no legal topic name');
      await expect(EmbeddedKafka.start({ defaultPartitions: 1.5 })).rejects.toThrow('defaultPartitions');
    });

    it('creates topics of the default width, or none by itself', async () => {
      const strict = await EmbeddedKafka.start({ defaultPartitions: 7, autoCreateTopics: false });
      const raw = await cluster.raw(strict.brokers[0]);
      const ask = async (name: string) => (await raw.call(apis.metadata, 8, { topics: [{ name }] })).topics[0]!;
      expect((await ask('automatic')).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
      const topic = { name: 'wide', numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
      await raw.call(apis.createTopics, 4, { topics: [topic], timeoutMs: 1, validateOnly: false });
      expect((await ask('wide')).partitions).toHaveLength(7);
      await strict.stop();
    });

    it('leaves no socket and no timer behind, whatever was waiting', async () => {
      const left = new Set<number>();
      const kinds = ['Timeout', 'TCPWRAP', 'TCPSERVERWRAP'];
      const hook = createHook({
        init: (id, kind) => kinds.includes(kind) && left.add(id),
        destroy: (id) => left.delete(id),
      }).enable();
      const other = await EmbeddedKafka.start({ topics: { orders: 1 } });
      const elsewhere = new Cluster({ brokers: other.brokers, shortestSessionMs: 1 });
      const member = await (await RawMember.of(elsewhere, 'group')).settle();
      const joining = (await RawMember.of(elsewhere, 'group')).join();
      await member.until('PreparingRebalance');
      const reader = await elsewhere.raw();
      const reading = reader.call(apis.fetch, 11, fetchOf('orders', 0, { maxWaitMs: 60_000 }));
      const fault = other.faults.add({ api: 'Metadata', action: 'delay', ms: 60_000 });
      const asking = (await elsewhere.raw()).call(apis.metadata, 8, { topics: [] });
      await fault.struck();
      expect(left.size).toBeGreaterThan(8);
      const waiting = Promise.allSettled([joining, reading, asking]);
      await Promise.all([other.stop(), other.stop()]);
      expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      await elsewhere.close();
      const created = [...left];
      await eventually(async () => expect(created.filter((id) => left.has(id))).toEqual([]));
      hook.disable();
    });
  });

  describe('faults', () => {
    it('delay a request', async () => {
      const fault = kafka.faults.add({ api: 'Produce', action: 'delay', ms: 200 });
      const sending = produce();
      await fault.struck();
      expect(await end()).toBe(0);
      expect((await sending).errorCode).toBe(errors.NONE);
    });

    it('drop a request: nothing is done, nothing is answered, the connection stays', async () => {
      const fault = kafka.faults.add({ api: 'Produce', action: 'dropRequest', times: 1 });
      const answered = settledYet(produce());
      await fault.struck();
      expect(await end()).toBe(0);
      expect((await produce()).baseOffset).toBe(0);
      expect(answered()).toBe(false);
    });

    it('drop a reply: it is done, nothing is answered, the connection stays', async () => {
      kafka.faults.add({ api: 'Produce', action: 'dropReply', times: 1 });
      const answered = settledYet(produce());
      expect((await produce()).baseOffset).toBe(1);
      expect(answered()).toBe(false);
    });

    it('close the connection before anything is done', async () => {
      kafka.faults.add({ api: 'Produce', action: 'close', times: 1 });
      await expect(produce()).rejects.toThrow('hung up');
      expect(await end()).toBe(0);
    });

    it('answer with an error, by number or by name, and do nothing', async () => {
      kafka.faults.add({ api: 0, action: 'error', code: 'NOT_LEADER_OR_FOLLOWER', times: 1 });
      kafka.faults.add({ api: 'Produce', action: 'error', code: 7, times: 1 });
      expect((await produce()).errorCode).toBe(errors.NOT_LEADER_OR_FOLLOWER);
      expect((await produce()).errorCode).toBe(errors.REQUEST_TIMED_OUT);
      expect(await produce()).toMatchObject({ errorCode: errors.NONE, baseOffset: 0 });
    });

    const identity = { transactionalId: 't', producerId: 0, producerEpoch: 0 };
    const commit = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }];
    const requests: Partial<Record<keyof typeof apis, object>> = {
      produce: {
        acks: -1,
        timeoutMs: 1,
        topics: [{ name: 'orders', partitions: [{ index: 0, records: [batchOf(['a'])] }] }],
      },
      fetch: fetchOf('orders', 0),
      listOffsets: { replicaId: -1, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
      metadata: { topics: [{ name: 'new' }] },
      offsetCommit: { groupId: 'g', generationId: -1, memberId: '', topics: commit },
      offsetFetch: { groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] },
      findCoordinator: { key: 'g' },
      joinGroup: { groupId: 'g', sessionTimeoutMs: 1, memberId: '', protocolType: 'consumer', protocols: [] },
      heartbeat: { groupId: 'g', generationId: 1, memberId: 'm' },
      leaveGroup: { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null }] },
      syncGroup: { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] },
      describeGroups: { groups: ['g'] },
      listGroups: {},
      apiVersions: {},
      createTopics: {
        topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
        timeoutMs: 1,
        validateOnly: false,
      },
      deleteTopics: { topicNames: ['orders'], timeoutMs: 1 },
      deleteRecords: { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: -1 }] }], timeoutMs: 1 },
      initProducerId: { transactionalId: null, transactionTimeoutMs: 1 },
      addPartitionsToTxn: { ...identity, topics: [{ name: 'orders', partitions: [0] }] },
      addOffsetsToTxn: { ...identity, groupId: 'g' },
      endTxn: { ...identity, committed: true },
      txnOffsetCommit: { ...identity, groupId: 'g', topics: commit },
      describeConfigs: {
        resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }],
        includeSynonyms: false,
      },
      alterConfigs: { resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }], validateOnly: false },
      createPartitions: {
        topics: [{ name: 'orders', count: 9, assignments: null }],
        timeoutMs: 1,
        validateOnly: false,
      },
      deleteGroups: { groupsNames: ['g'] },
      incrementalAlterConfigs: {
        resources: [{ resourceType: 2, resourceName: 'orders', configs: [] }],
        validateOnly: false,
      },
    };

    it.each(Object.keys(apis) as (keyof typeof apis)[])('can make %s fail', async (name) => {
      const api: Api = apis[name];
      kafka.faults.add({ api: api.key, action: 'error', code: NEVER_GIVEN_OTHERWISE });
      const answer = await client.call(api, api.versions[1] - (name === 'apiVersions' ? 1 : 0), requests[name]!);
      expect(JSON.stringify(answer)).toMatch(new RegExp(`rrorCode":${NEVER_GIVEN_OTHERWISE}`));
      expect((await metadata()).topics[0]!.partitions).toHaveLength(name === 'metadata' ? 0 : 3);
      expect((await client.call(apis.listGroups, 2, {})).groups).toEqual([]);
    });

    it('end after so many times, or when they are removed, and count what they struck', async () => {
      const twice = kafka.faults.add({ api: 'Metadata', action: 'error', code: 3, times: 2 });
      const code = async () => (await metadata()).topics[0]!.errorCode;
      expect([await code(), await code(), await code()]).toEqual([3, 3, 0]);
      expect(twice.hits).toBe(2);
      await twice.struck(2);
      const lasting = kafka.faults.add({ api: 'Metadata', action: 'error', code: 5 });
      expect([await code(), await code()]).toEqual([5, 5]);
      lasting.remove();
      expect(await code()).toBe(0);
      kafka.faults.add({ api: 'Metadata', action: 'error', code: 5 });
      kafka.faults.clear();
      expect(await code()).toBe(0);
    });

    it('strike only what they are meant for', async () => {
      const when: FaultOptions['when'] = ({ clientId, request }) =>
        clientId === 'tester' && request.topics[0].name === 'orders';
      const fault = kafka.faults.add({ api: 'Metadata', action: 'error', code: 3, when });
      const stranger = await cluster.raw(kafka.brokers[0], 'stranger');
      const { topics } = await stranger.call(apis.metadata, 8, { topics: [{ name: 'orders' }] });
      expect(topics[0]!.errorCode).toBe(errors.NONE);
      expect((await metadata()).topics[0]!.errorCode).toBe(3);
      expect(fault.hits).toBe(1);
    });

    it('force a rebalance, which ends when all members have joined again', async () => {
      const member = await (await RawMember.of(cluster, 'group')).settle();
      const rebalanced = kafka.faults.rebalance('group');
      expect(await member.heartbeat()).toBe(errors.REBALANCE_IN_PROGRESS);
      await member.join();
      expect(await rebalanced).toBe(2);
      expect(() => kafka.faults.rebalance('nobody')).toThrow('no group "nobody"');
    });

    it.each<[string, FaultOptions, string]>([
      ['an unknown API', { api: 'Nothing' as never, action: 'close' }, 'no API "Nothing"'],
      ['an unknown error', { api: 'Fetch', action: 'error', code: 'ODD' as never }, 'no error "ODD"'],
      ['a delay without a time', { api: 'Fetch', action: 'delay' }, '"ms" is for the action "delay"'],
      ['a time without a delay', { api: 'Fetch', action: 'close', ms: 5 }, '"ms" is for the action "delay"'],
      ['an error without a code', { api: 'Fetch', action: 'error' }, '"code" is for the action "error"'],
    ])('do not take %s', (_, options, message) => {
      expect(() => kafka.faults.add(options)).toThrow(message);
    });
  });
});

/** Whether a promise has settled so far. */
function settledYet(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, () => {});
  return () => settled;
}
