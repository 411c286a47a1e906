import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf } from './batch.js';
import { Cluster, eventually, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';
import { topicSettings } from './topic-settings.js';

const TOPIC = 2;
const BROKER = 4;
const SET_ON_TOPIC = 1;
const SET_BY_DEFAULT = 5;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

export function describeAdministration(connect: () => Subject): void {
  describe('administration', () => {
    let cluster: Cluster;
    let client: RawClient;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      client = await cluster.raw();
    });
    afterEach(() => cluster.close());

    const create = async (
      name: string,
      { partitions = 1, replicas = -1, configs = {} as Record<string, string | null>, validateOnly = false } = {},
    ) => {
      const topic = {
        name,
        numPartitions: partitions,
        replicationFactor: replicas,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      };
      const answer = await client.call(apis.createTopics, 4, { topics: [topic], timeoutMs: 10_000, validateOnly });
      return answer.topics[0]!.errorCode;
    };
    const metadata = async (name: string, allowAutoTopicCreation = false) =>
      (await client.call(apis.metadata, 8, { topics: [{ name }], allowAutoTopicCreation })).topics[0]!;
    const remove = async (name: string) =>
      (await client.call(apis.deleteTopics, 3, { topicNames: [name], timeoutMs: 10_000 })).responses[0]!.errorCode;
    const widen = async (name: string, count: number, validateOnly = false) => {
      const topics = [{ name, count, assignments: null }];
      const answer = await client.call(apis.createPartitions, 1, { topics, timeoutMs: 10_000, validateOnly });
      return answer.results[0]!.errorCode;
    };
    const configsOf = async (resourceName: string, keys: string[] | null, resourceType = TOPIC) => {
      const resources = [{ resourceType, resourceName, configurationKeys: keys }];
      return (await client.call(apis.describeConfigs, 3, { resources, includeSynonyms: false })).results[0]!;
    };
    const alter = async (resourceName: string, changes: [string, number, string | null][], validateOnly = false) => {
      const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }));
      const resources = [{ resourceType: TOPIC, resourceName, configs }];
      const answer = await client.call(apis.incrementalAlterConfigs, 0, { resources, validateOnly });
      return answer.responses[0]!.errorCode;
    };
    const settled = (name: string, config: string, value: string) =>
      eventually(async () => expect((await configsOf(name, [config])).configs[0]!.value).toBe(value));

    it('creates topics as wide as asked for, or as wide as the default', async () => {
      const [wide, plain] = [cluster.name('wide'), cluster.name('plain')];
      expect(await create(wide, { partitions: 5 })).toBe(errors.NONE);
      expect(await create(plain, { partitions: -1 })).toBe(errors.NONE);
      await cluster.everywhere(wide, 5);
      await cluster.everywhere(plain, 1);
      const { partitions, isInternal, errorCode } = await metadata(wide);
      expect({ isInternal, errorCode }).toEqual({ isInternal: false, errorCode: 0 });
      expect(partitions.map(({ partitionIndex }) => partitionIndex).toSorted()).toEqual([0, 1, 2, 3, 4]);
      expect(
        partitions.every(
          ({ isrNodes, replicaNodes, leaderId }) => isrNodes.includes(leaderId) && replicaNodes.includes(leaderId),
        ),
      ).toBe(true);
    });

    it('refuses topics that exist, have illegal names, no partitions or too many replicas', async () => {
      const topic = await cluster.topic();
      expect(await create(topic)).toBe(errors.TOPIC_ALREADY_EXISTS);
      for (const name of ['', '.', '..', 'a b', 'ä', 'x'.repeat(250)]) {
        expect([name, await create(name)]).toEqual([name, errors.INVALID_TOPIC_EXCEPTION]);
      }
      expect(await create(cluster.name('none'), { partitions: 0 })).toBe(errors.INVALID_PARTITIONS);
      expect(await create(cluster.name('none'), { replicas: 4 })).toBe(errors.INVALID_REPLICATION_FACTOR);
      expect(await create(cluster.name('none'), { replicas: 0 })).toBe(errors.INVALID_REPLICATION_FACTOR);
    });

    it('refuses settings that nobody knows or that have no such value', async () => {
      const impossible: Record<string, string | null>[] = [
        { 'no.such': '1' },
        { 'retention.ms': 'long' },
        { 'cleanup.policy': 'burn' },
        { 'retention.ms': null },
      ];
      for (const configs of impossible) {
        expect([configs, await create(cluster.name('odd'), { configs })]).toEqual([configs, errors.INVALID_CONFIG]);
      }
    });

    it('only checks when it is only asked to', async () => {
      const name = cluster.name('checked');
      expect(await create(name, { validateOnly: true })).toBe(errors.NONE);
      expect((await metadata(name)).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('creates a topic that is asked for, if allowed', async () => {
      const name = cluster.name('automatic');
      expect((await metadata(name)).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
      await metadata(name, true);
      await cluster.everywhere(name, 1);
      expect((await metadata('a b', true)).errorCode).toBe(errors.INVALID_TOPIC_EXCEPTION);
    });

    it('lists all topics when none is named', async () => {
      const topic = await cluster.topic(2);
      for (const [version, topics] of [
        [0, []],
        [1, null],
        [8, null],
      ] as const) {
        const answer = await client.call(apis.metadata, version, { topics });
        expect(answer.topics.find(({ name }) => name === topic)?.partitions).toHaveLength(2);
      }
      expect((await client.call(apis.metadata, 8, { topics: [] })).topics).toEqual([]);
    });

    it('deletes topics with their records', async () => {
      const topic = await cluster.topic();
      await cluster.produce(await cluster.leader(topic), topic, batchOf(['a']));
      expect(await remove(topic)).toBe(errors.NONE);
      await eventually(async () => expect((await metadata(topic)).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION));
      expect(await remove(topic)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
      await eventually(async () => expect(await create(topic)).toBe(errors.NONE));
      await cluster.everywhere(topic, 1);
      const leader = await cluster.leader(topic);
      await eventually(async () =>
        expect(await cluster.fetch(leader, topic, 0)).toMatchObject({ errorCode: 0, highWatermark: 0 }),
      );
    });

    it('adds partitions, never takes any away', async () => {
      const topic = await cluster.topic(2);
      expect(await widen(topic, 5, true)).toBe(errors.NONE);
      expect(await widen(topic, 2)).toBe(errors.INVALID_PARTITIONS);
      expect(await widen(topic, 1)).toBe(errors.INVALID_PARTITIONS);
      expect(await widen(topic, 4)).toBe(errors.NONE);
      await cluster.everywhere(topic, 4);
      expect(await widen(cluster.name('nowhere'), 4)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('tells the settings of a topic, set ones and defaults', async () => {
      const topic = await cluster.topic(1, { 'retention.ms': '1234' });
      const { configs, errorCode } = await configsOf(topic, ['retention.ms', 'cleanup.policy', 'no.such']);
      expect(errorCode).toBe(errors.NONE);
      expect(configs.map(({ name, value, configSource }) => [name, value, configSource]).toSorted()).toEqual([
        ['cleanup.policy', 'delete', SET_BY_DEFAULT],
        ['retention.ms', '1234', SET_ON_TOPIC],
      ]);
      expect((await configsOf(cluster.name('nowhere'), null)).errorCode).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('has the topic settings of Apache Kafka, and none else', async () => {
      const { configs } = await configsOf(await cluster.topic(), null);
      const seen = Object.fromEntries(configs.map(({ name, configType, value }) => [name, [configType, value]]));
      const { 'min.insync.replicas': ownChoice, ...expected } = topicSettings;
      expect(seen).toEqual({ ...expected, 'min.insync.replicas': [ownChoice![0], expect.any(String)] });
    });

    it('tells the settings of a broker', async () => {
      const { brokers } = await client.call(apis.metadata, 8, { topics: [] });
      const address = cluster.subject.brokers[0]!;
      const { nodeId } = brokers.find(({ host, port }) => `${host}:${port}` === address)!;
      const { configs, errorCode } = await configsOf(String(nodeId), ['auto.create.topics.enable'], BROKER);
      expect(errorCode).toBe(errors.NONE);
      expect(configs).toMatchObject([{ name: 'auto.create.topics.enable', value: 'true' }]);
    });

    it('changes settings one by one, lists by their elements', async () => {
      const topic = await cluster.topic(1, { 'retention.ms': '1234' });
      expect(
        await alter(topic, [
          ['segment.ms', SET!, '99'],
          ['cleanup.policy', APPEND!, 'compact'],
        ]),
      ).toBe(errors.NONE);
      await settled(topic, 'segment.ms', '99');
      await settled(topic, 'cleanup.policy', 'delete,compact');
      await settled(topic, 'retention.ms', '1234');
      expect(
        await alter(topic, [
          ['retention.ms', DELETE!, null],
          ['cleanup.policy', SUBTRACT!, 'delete'],
        ]),
      ).toBe(0);
      await settled(topic, 'retention.ms', '604800000');
      await settled(topic, 'cleanup.policy', 'compact');
      expect(await alter(topic, [['no.such', SET!, '1']])).toBe(errors.INVALID_CONFIG);
      expect(await alter(topic, [['retention.ms', SET!, 'long']])).toBe(errors.INVALID_CONFIG);
      expect(await alter(topic, [['retention.ms', SET!, '7']], true)).toBe(errors.NONE);
      expect(await alter(cluster.name('nowhere'), [['retention.ms', SET!, '7']])).toBe(
        errors.UNKNOWN_TOPIC_OR_PARTITION,
      );
      await settled(topic, 'retention.ms', '604800000');
    });

    it('replaces all settings in the old way', async () => {
      const topic = await cluster.topic(1, { 'retention.ms': '1234' });
      const configs = [{ name: 'segment.ms', value: '99' }];
      const resources = [{ resourceType: TOPIC, resourceName: topic, configs }];
      const { responses } = await client.call(apis.alterConfigs, 1, { resources, validateOnly: false });
      expect(responses[0]).toMatchObject({ errorCode: errors.NONE, resourceType: TOPIC, resourceName: topic });
      await settled(topic, 'segment.ms', '99');
      await settled(topic, 'retention.ms', '604800000');
    });
  });
}
