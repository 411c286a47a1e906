import * as fc from 'fast-check';
import type { Accepted } from './feed.js';
import { judge } from './verdict.js';

const accepted: Accepted[] = [
  { smsId: 'a1', userId: 'a' },
  { smsId: 'b1', userId: 'b' },
  { smsId: 'a2', userId: 'a' },
  { smsId: 'a3', userId: 'a' },
];
const good = { dispatched: 4, lost: 0, twice: 0, outOfOrder: 0 };

describe('judge', () => {
  it('is content with any interleaving of users', () => {
    expect(judge(accepted, ['a1', 'a2', 'b1', 'a3'])).toEqual(good);
  });

  it('takes no interest in what others sent', () => {
    expect(judge(accepted, ['a1', 'z9', 'a2', 'z9', 'b1', 'a3'])).toEqual(good);
  });

  it('sees what is lost', () => {
    expect(judge(accepted, ['b1', 'a1', 'a3'])).toEqual({ ...good, dispatched: 3, lost: 1 });
  });

  it('sees what came twice', () => {
    expect(judge(accepted, ['a1', 'b1', 'a1', 'a2', 'a3', 'b1'])).toEqual({ ...good, twice: 2 });
  });

  it('sees what overtook', () => {
    expect(judge(accepted, ['a2', 'a1', 'b1', 'a3'])).toEqual({ ...good, outOfOrder: 1 });
    expect(judge(accepted, ['a3', 'a1', 'b1', 'a2'])).toEqual({ ...good, outOfOrder: 2 });
  });

  it('finds an exchange of any two messages of one user, and no other exchange', () => {
    const users = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(users, fc.nat(), fc.nat(), (userIds, one, other) => {
        const all = userIds.map((userId, n) => ({ smsId: `${n}`, userId }));
        const [i, j] = [one % all.length, other % all.length].sort((x, y) => x - y);
        const arrivals = all.map(({ smsId }) => smsId);
        [arrivals[i], arrivals[j]] = [arrivals[j], arrivals[i]];
        const between = userIds.slice(i, j + 1);
        const harmed = i !== j && (between.slice(1).includes(userIds[i]) || between.slice(0, -1).includes(userIds[j]));
        expect(judge(all, arrivals).outOfOrder > 0).toBe(harmed);
      }),
    );
  });
});
