import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { Cluster, type Subject } from './cluster.js';
import { RawMember } from './raw-member.js';

const LIMIT = 4096;

export function describeCommits(connect: () => Subject): void {
  describe('commits', () => {
    let cluster: Cluster;
    let group: string;
    let topic: string;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      group = cluster.name('group');
      topic = await cluster.topic(2);
    });
    afterEach(() => cluster.close());

    const commitAll = async (client: RawMember, partitions: [number, number, string | null][]) => {
      const { topics } = await client.talking.call(apis.offsetCommit, 7, {
        groupId: group,
        generationId: client.generation,
        memberId: client.id,
        topics: [
          {
            name: topic,
            partitions: partitions.map(([partitionIndex, committedOffset, committedMetadata]) => ({
              partitionIndex,
              committedOffset,
              committedMetadata,
            })),
          },
        ],
      });
      const inOrder = topics[0]!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
      return inOrder.map(({ errorCode }) => errorCode);
    };

    it('keeps offset and metadata', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      expect(await one.committed(topic)).toEqual({ offset: -1, metadata: '' });
      expect(await one.commit(topic, 5, 'what is done')).toBe(errors.NONE);
      expect(await one.committed(topic)).toEqual({ offset: 5, metadata: 'what is done' });
      expect(await commitAll(one, [[0, 3, null]])).toEqual([errors.NONE]);
      expect(await one.committed(topic)).toEqual({ offset: 3, metadata: '' });
    });

    it('refuses metadata above its limit for that partition alone', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      const answers = await commitAll(one, [
        [0, 1, 'x'.repeat(LIMIT)],
        [1, 1, 'x'.repeat(LIMIT + 1)],
      ]);
      expect(answers).toEqual([errors.NONE, errors.OFFSET_METADATA_TOO_LARGE]);
      expect(await one.committed(topic, 0)).toEqual({ offset: 1, metadata: 'x'.repeat(LIMIT) });
      expect(await one.committed(topic, 1)).toEqual({ offset: -1, metadata: '' });
    });

    it('counts the limit in characters, not in bytes', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      expect(await commitAll(one, [[0, 1, 'é'.repeat(LIMIT)]])).toEqual([errors.NONE]);
    });

    it('refuses unknown partitions and topics alone', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      expect(
        await commitAll(one, [
          [0, 1, ''],
          [9, 1, ''],
        ]),
      ).toEqual([0, errors.UNKNOWN_TOPIC_OR_PARTITION]);
      expect(await one.commit(cluster.name('nowhere'), 1)).toBe(errors.UNKNOWN_TOPIC_OR_PARTITION);
    });

    it('accepts commits of the old generation while a rebalance is prepared, not once the new one is there', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      const two = await RawMember.of(cluster, group);
      const joining = two.join();
      await one.until('PreparingRebalance');
      expect(await one.commit(topic, 7)).toBe(errors.NONE);
      expect(await one.committed(topic)).toEqual({ offset: 7, metadata: '' });
      await Promise.all([one.join(), joining]);
      expect(await one.commit(topic, 8, '', 1)).toBe(errors.ILLEGAL_GENERATION);
      expect(await one.commit(topic, 8)).toBe(errors.REBALANCE_IN_PROGRESS);
      await Promise.all([two.sync(), one.sync({})]);
      expect(await one.commit(topic, 9)).toBe(errors.NONE);
    });

    it('refuses the wrong generation, strangers, and outsiders while the group has members', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      expect(await one.commit(topic, 1, '', 2)).toBe(errors.ILLEGAL_GENERATION);
      expect(await one.commit(topic, 1, '', 0)).toBe(errors.ILLEGAL_GENERATION);
      const outsider = await RawMember.of(cluster, group);
      expect(await outsider.commit(topic, 1)).toBe(errors.UNKNOWN_MEMBER_ID);
      outsider.id = 'stranger';
      expect(await outsider.commit(topic, 1, '', 1)).toBe(errors.UNKNOWN_MEMBER_ID);
      await one.leave();
      expect(await one.commit(topic, 1)).toBe(errors.UNKNOWN_MEMBER_ID);
    });

    it('accepts commits without a group from anyone, and only those', async () => {
      const outsider = await RawMember.of(cluster, group);
      expect(await outsider.commit(topic, 4, 'm')).toBe(errors.NONE);
      expect(await outsider.committed(topic)).toEqual({ offset: 4, metadata: 'm' });
      expect(await outsider.state()).toMatchObject({ groupState: 'Empty', protocolType: '' });
      const other = await RawMember.of(cluster, cluster.name('other'));
      expect(await other.commit(topic, 4, '', 1)).toBe(errors.ILLEGAL_GENERATION);
    });

    it('keeps a session alive by commits as by heartbeats', async () => {
      const sessionTimeoutMs = cluster.subject.shortestSessionMs;
      const one = await (await RawMember.of(cluster, group, { sessionTimeoutMs })).settle();
      const until = Date.now() + 2 * sessionTimeoutMs;
      while (Date.now() < until) expect(await one.commit(topic, 1)).toBe(errors.NONE);
    }, 30_000);

    it('lists everything that a group has committed', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      await commitAll(one, [
        [0, 1, 'a'],
        [1, 2, 'b'],
      ]);
      const { topics } = await one.talking.call(apis.offsetFetch, 5, { groupId: group, topics: null });
      const seen = topics.map(({ name, partitions }) => ({
        name,
        offsets: partitions.map((one) => [one.partitionIndex, one.committedOffset, one.metadata]).toSorted(),
      }));
      expect(seen).toEqual([
        {
          name: topic,
          offsets: [
            [0, 1, 'a'],
            [1, 2, 'b'],
          ],
        },
      ]);
    });

    it('forgets the commits of a deleted topic', async () => {
      const one = await (await RawMember.of(cluster, group)).settle();
      await one.commit(topic, 1);
      const admin = await cluster.admin();
      await admin.deleteTopics({ topics: [topic] });
      while ((await one.committed(topic)).offset !== -1);
    });
  });
}
