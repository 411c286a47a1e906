import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { Cluster, eventually, type Subject } from './cluster.js';
import { RawMember } from './raw-member.js';

export function describeGroups(connect: () => Subject): void {
  describe('groups', () => {
    let cluster: Cluster;
    let group: string;
    beforeEach(() => {
      cluster = new Cluster(connect());
      group = cluster.name('group');
    });
    afterEach(() => cluster.close());

    const member = (options?: Parameters<typeof RawMember.of>[2]) => RawMember.of(cluster, group, options);

    it('gives a member id first and lets it join second', async () => {
      const one = await member();
      const first = await one.askToJoin();
      expect(first).toMatchObject({ errorCode: errors.MEMBER_ID_REQUIRED, generationId: -1, leader: '', members: [] });
      expect(first.memberId).toMatch(/^raw-/);
      one.id = first.memberId;
      expect(await one.askToJoin()).toMatchObject({
        errorCode: errors.NONE,
        generationId: 1,
        protocolName: 'range',
        leader: one.id,
        memberId: one.id,
        members: [{ memberId: one.id, metadata: Buffer.from('r') }],
      });
      await one.until('CompletingRebalance');
    });

    it('lets members of older versions join at once', async () => {
      const one = await member();
      expect(await one.askToJoin(3)).toMatchObject({ errorCode: errors.NONE, generationId: 1 });
    });

    it('refuses unknown members, empty group ids, foreign protocols and sessions out of bounds', async () => {
      const stranger = await member();
      stranger.id = 'stranger';
      expect((await stranger.askToJoin()).errorCode).toBe(errors.UNKNOWN_MEMBER_ID);
      expect(await stranger.heartbeat()).toBe(errors.UNKNOWN_MEMBER_ID);
      expect(await stranger.leave()).toBe(errors.UNKNOWN_MEMBER_ID);
      expect((await stranger.sync()).errorCode).toBe(errors.UNKNOWN_MEMBER_ID);

      const nameless = await RawMember.of(cluster, group);
      expect((await Object.assign(nameless, { group: '' }).askToJoin()).errorCode).toBe(errors.INVALID_GROUP_ID);

      await (await member()).settle();
      const foreign = await member({ protocols: { other: 'o' } });
      expect((await foreign.askToJoin()).errorCode).toBe(errors.INCONSISTENT_GROUP_PROTOCOL);
      const none = await member({ protocols: {} });
      expect((await none.askToJoin()).errorCode).toBe(errors.INCONSISTENT_GROUP_PROTOCOL);
      for (const sessionTimeoutMs of [0, 3_600_000]) {
        const hasty = await member({ sessionTimeoutMs });
        expect((await hasty.askToJoin()).errorCode).toBe(errors.INVALID_SESSION_TIMEOUT);
      }
    });

    it('elects the strategy that most members like best among those that all know', async () => {
      const [one, two, three] = await Promise.all([
        member({ protocols: { a: '1a', b: '1b', c: '1c' } }),
        member({ protocols: { c: '2c', b: '2b' } }),
        member({ protocols: { b: '3b', c: '3c' } }),
      ]);
      await one.settle();
      const joins = [two.join(), three.join()];
      await eventually(async () => expect((await one.state()).members).toHaveLength(3));
      const leading = await one.join();
      await Promise.all(joins);
      expect(leading.protocolName).toBe('b');
      expect(leading.members.map(({ metadata }) => metadata.toString()).toSorted()).toEqual(['1b', '2b', '3b']);
    });

    it('tells the members of a rebalance, collects their joins and hands out what the leader assigns', async () => {
      const one = await (await member()).settle();
      expect(one.generation).toBe(1);
      const two = await member();
      const joining = two.join();
      await one.until('PreparingRebalance');
      expect(await one.heartbeat()).toBe(errors.REBALANCE_IN_PROGRESS);
      expect((await one.sync()).errorCode).toBe(errors.REBALANCE_IN_PROGRESS);

      const [led, followed] = await Promise.all([one.join(), joining]);
      expect([led.generationId, followed.generationId]).toEqual([2, 2]);
      expect([led.leader, followed.leader]).toEqual([one.id, one.id]);
      expect([led.members.length, followed.members.length]).toEqual([2, 0]);

      expect(await two.heartbeat()).toBe(errors.NONE);
      expect(await two.heartbeat(1)).toBe(errors.ILLEGAL_GENERATION);
      const waiting = two.sync();
      expect(await one.sync({ [one.id]: 'left', [two.id]: 'right' })).toEqual({ errorCode: 0, assignment: 'left' });
      expect(await waiting).toEqual({ errorCode: 0, assignment: 'right' });
      expect(await one.sync()).toEqual({ errorCode: 0, assignment: 'left' });
      expect(await one.heartbeat()).toBe(errors.NONE);

      const described = await one.state();
      expect(described).toMatchObject({ groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' });
      const assigned = described.members.map(({ memberId, memberAssignment }) => [memberId, `${memberAssignment}`]);
      expect(new Map(assigned as [string, string][])).toEqual(
        new Map([
          [one.id, 'left'],
          [two.id, 'right'],
        ]),
      );
    });

    it('answers a member that joins again unchanged from the present generation, unless it leads', async () => {
      const [one, two] = [await (await member()).settle(), await member()];
      const joining = two.join();
      await one.until('PreparingRebalance');
      await Promise.all([one.join(), joining]);
      await Promise.all([two.sync(), one.sync({})]);
      expect(await two.askToJoin()).toMatchObject({ errorCode: 0, generationId: 2, members: [] });
      const again = one.askToJoin();
      await two.until('PreparingRebalance');
      expect((await two.askToJoin()).generationId).toBe(3);
      expect((await again).generationId).toBe(3);
    });

    it('breaks off a sync when someone joins meanwhile', async () => {
      const [one, two] = [await (await member()).settle(), await member()];
      const joining = two.join();
      await one.until('PreparingRebalance');
      await Promise.all([one.join(), joining]);
      const waiting = two.sync();
      const three = await member();
      const late = three.join();
      expect((await waiting).errorCode).toBe(errors.REBALANCE_IN_PROGRESS);
      await Promise.all([one.join(), two.join(), late]);
      expect(three.generation).toBe(3);
    });

    it('gives up at the rebalance timeout on members that do not join again', async () => {
      const one = await (await member({ rebalanceTimeoutMs: 300 })).settle();
      const two = await member({ rebalanceTimeoutMs: 300 });
      const joined = await two.join();
      expect(joined).toMatchObject({ generationId: 2, leader: two.id, members: [{ memberId: two.id }] });
      expect(await one.heartbeat()).toBe(errors.UNKNOWN_MEMBER_ID);
    });

    it('gives up at the rebalance timeout on members that do not sync', async () => {
      const [one, two] = [await member({ rebalanceTimeoutMs: 300 }), await member({ rebalanceTimeoutMs: 300 })];
      await one.settle();
      const joining = two.join();
      await one.until('PreparingRebalance');
      await Promise.all([one.join(), joining]);
      const following = two.sync();
      expect((await following).errorCode).toBe(errors.REBALANCE_IN_PROGRESS);
      expect(await one.heartbeat()).toBe(errors.UNKNOWN_MEMBER_ID);
      expect(await two.join()).toMatchObject({ generationId: 3, leader: two.id });
    });

    it('waits for those that were given a member id and have not joined yet', async () => {
      const [one, two] = [await (await member()).settle(), await member()];
      two.id = (await two.askToJoin()).memberId;
      const again = one.join();
      await two.until('PreparingRebalance');
      const [led, followed] = await Promise.all([again, two.join()]);
      expect([led.generationId, followed.generationId]).toEqual([2, 2]);
    });

    it('lets members leave, and the last one leaves the group empty', async () => {
      const [one, two] = [await (await member()).settle(), await member()];
      const joining = two.join();
      await one.until('PreparingRebalance');
      await Promise.all([one.join(), joining]);
      await Promise.all([two.sync(), one.sync({})]);
      expect(await two.leave()).toBe(errors.NONE);
      expect(await two.heartbeat()).toBe(errors.UNKNOWN_MEMBER_ID);
      expect(await one.heartbeat()).toBe(errors.REBALANCE_IN_PROGRESS);
      expect((await one.join()).generationId).toBe(3);
      expect(await one.leave()).toBe(errors.NONE);
      expect(await one.state()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer', members: [] });
    });

    it('completes a rebalance when the one that all wait for leaves', async () => {
      const [one, two] = [await (await member()).settle(), await member()];
      const joining = two.join();
      await one.until('PreparingRebalance');
      expect(await one.leave()).toBe(errors.NONE);
      expect(await joining).toMatchObject({ generationId: 2, leader: two.id });
    });

    it('drops a member whose session ends without a heartbeat', async () => {
      const sessionTimeoutMs = cluster.subject.shortestSessionMs;
      const silent = await (await member({ sessionTimeoutMs })).settle();
      await silent.until('Empty');
      expect(await silent.heartbeat()).toBe(errors.UNKNOWN_MEMBER_ID);
    }, 20_000);

    it('keeps a member whose join waits for longer than its session', async () => {
      const sessionTimeoutMs = cluster.subject.shortestSessionMs;
      const [one, two] = [await (await member()).settle(), await member({ sessionTimeoutMs })];
      const joining = two.join();
      await one.until('PreparingRebalance');
      const until = Date.now() + 1.5 * sessionTimeoutMs;
      while (Date.now() < until) expect(await one.heartbeat()).toBe(errors.REBALANCE_IN_PROGRESS);
      const led = await one.join();
      expect(await joining).toMatchObject({ errorCode: errors.NONE, generationId: 2, memberId: two.id });
      expect(led.members).toHaveLength(2);
    }, 20_000);

    it('answers only the last of several joins of one member', async () => {
      const one = await (await member()).settle();
      const two = await member();
      const first = two.join();
      await one.until('PreparingRebalance');
      const again = await RawMember.of(cluster, group);
      again.id = two.id;
      const answered: string[] = [];
      void first.then(
        () => answered.push('first'),
        () => {},
      );
      const second = again.askToJoin();
      expect(await again.heartbeat(1)).toBe(errors.REBALANCE_IN_PROGRESS);
      await one.join();
      expect((await second).errorCode).toBe(errors.NONE);
      expect(await one.heartbeat()).toBe(errors.NONE);
      expect(answered).toEqual([]);
    });

    it('describes an unknown group as dead, lists the known and deletes only empty ones', async () => {
      const one = await member();
      expect(await one.state()).toMatchObject({ errorCode: 0, groupState: 'Dead', protocolType: '', members: [] });
      await one.settle();
      const { groups } = await one.talking.call(apis.listGroups, 2, {});
      expect(groups).toContainEqual({ groupId: group, protocolType: 'consumer' });
      const remove = async () => (await one.talking.call(apis.deleteGroups, 1, { groupsNames: [group] })).results;
      expect(await remove()).toEqual([{ groupId: group, errorCode: errors.NON_EMPTY_GROUP }]);
      await one.leave();
      expect(await remove()).toEqual([{ groupId: group, errorCode: errors.NONE }]);
      expect(await remove()).toEqual([{ groupId: group, errorCode: errors.GROUP_ID_NOT_FOUND }]);
    });
  });
}
