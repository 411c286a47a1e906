import { ConfigResourceTypes } from 'kafkajs';
import { Application, texts } from './application.js';
import { Cluster, eventually, type Subject } from './cluster.js';

/** kafkajs, as operators and start-up checks use it. */
export function describeKafkajsAdmin(connect: () => Subject): void {
  describe('the admin of kafkajs', () => {
    let cluster: Cluster;
    let app: Application;
    let topic: string;
    let groupId: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      app = await Application.of(cluster);
      ({ topic, groupId } = app);
    });
    afterEach(() => cluster.close());

    it('finds the cluster and its topics', async () => {
      const { brokers, controller, clusterId } = await app.admin.describeCluster();
      expect(brokers).toHaveLength(cluster.subject.brokers.length);
      expect(brokers.map(({ nodeId }) => nodeId)).toContain(controller);
      expect(clusterId).toMatch(/^[\w-]{22}$/);
      expect(await app.admin.listTopics()).toContain(topic);
    });

    it('creates, widens, describes and deletes topics', async () => {
      const name = cluster.name('topic');
      expect(await app.admin.createTopics({ topics: [{ topic: name, numPartitions: 3 }], waitForLeaders: true })).toBe(
        true,
      );
      expect(await app.admin.createTopics({ topics: [{ topic: name }] })).toBe(false);
      await cluster.everywhere(name, 3);
      await app.admin.createPartitions({ topicPartitions: [{ topic: name, count: 5 }] });
      await cluster.everywhere(name, 5);
      await app.admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: 'retention.ms', value: '1234' }] },
        ],
      });
      const wanted = { type: ConfigResourceTypes.TOPIC, name, configNames: ['retention.ms'] };
      await eventually(async () => {
        const { resources } = await app.admin.describeConfigs({ resources: [wanted], includeSynonyms: false });
        expect(resources[0]!.configEntries[0]).toMatchObject({ configName: 'retention.ms', configValue: '1234' });
      });
      await app.admin.deleteTopics({ topics: [name] });
      await eventually(async () => expect(await app.admin.listTopics()).not.toContain(name));
    });

    it('describes, lists and deletes groups', async () => {
      await app.send('a');
      const { consumer } = await app.consume(1);
      const { groups } = await app.admin.describeGroups([groupId]);
      expect(groups[0]).toMatchObject({
        groupId,
        state: 'Stable',
        protocolType: 'consumer',
        protocol: 'RoundRobinAssigner',
      });
      expect(groups[0]!.members).toHaveLength(1);
      expect((await app.admin.listGroups()).groups).toContainEqual({ groupId, protocolType: 'consumer' });
      await expect(app.admin.deleteGroups([groupId])).rejects.toThrow();
      await consumer.disconnect();
      expect(await app.admin.deleteGroups([groupId])).toEqual([{ groupId, errorCode: 0 }]);
    });

    it('sets and resets the offsets of a group', async () => {
      await app.send('a', 'b', 'c');
      await app.admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '2' }] });
      expect(texts((await app.consume(1)).seen)).toEqual(['c']);
      const other = cluster.name('other');
      await app.admin.resetOffsets({ groupId: other, topic, earliest: true });
      expect(texts((await app.consume(3, { groupId: other })).seen)).toEqual(['a', 'b', 'c']);
    }, 40_000);

    it('finds offsets, also by time', async () => {
      const messages = [1000, 2000, 3000].map((time) => ({ partition: 0, value: 'x', timestamp: String(time) }));
      await app.producer.send({ topic, messages });
      const first = <T extends { partition: number }>(partitions: T[]) => partitions.find((one) => one.partition === 0);
      expect(first(await app.admin.fetchTopicOffsets(topic))).toMatchObject({ low: '0', high: '3', offset: '3' });
      expect(first(await app.admin.fetchTopicOffsetsByTimestamp(topic, 1500))).toMatchObject({ offset: '1' });
      expect(first(await app.admin.fetchTopicOffsetsByTimestamp(topic, 9000))).toMatchObject({ offset: '3' });
    });

    it('deletes records', async () => {
      await app.send('a', 'b', 'c');
      await app.admin.fetchTopicOffsets(topic); // kafkajs deletes only where it has loaded the metadata before
      await app.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
      expect((await app.admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)).toMatchObject({
        low: '2',
      });
      expect(texts((await app.consume(1)).seen)).toEqual(['c']);
    });
  });
}
