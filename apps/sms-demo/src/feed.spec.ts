import * as fc from 'fast-check';
import { feed } from './feed.js';
import type { Message } from './messages/index.js';
import type { GatewayAnswer } from './platform/index.js';

const message = (userId: string, n: number): Message => ({ id: `${userId}${n}`, userId, text: 'Hi' });
const accept = ({ id }: Message): GatewayAnswer => ({ kind: 'accepted', smsId: id });

describe('feed', () => {
  it('submits everything once, in order per user, never two of one user at once, never more than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.scheduler(),
        async (userIds, inFlight, scheduler) => {
          const messages = userIds.map(message);
          const busy = new Set<string>();
          const answered = feed(
            messages,
            async (one) => {
              expect(busy.has(one.userId)).toBe(false);
              busy.add(one.userId);
              expect(busy.size).toBeLessThanOrEqual(inFlight);
              await scheduler.schedule(Promise.resolve());
              busy.delete(one.userId);
              return accept(one);
            },
            { inFlight },
          );
          const { accepted, latencies } = await scheduler.waitFor(answered);
          expect(latencies).toHaveLength(messages.length);
          for (const user of new Set(userIds)) {
            const ofUser = <T extends { userId: string }>(list: T[]) => list.filter(({ userId }) => userId === user);
            expect(ofUser(accepted).map(({ smsId }) => smsId)).toEqual(ofUser(messages).map(({ id }) => id));
          }
        },
      ),
    );
  });

  it('keeps apart what was accepted, refused and failed', async () => {
    const kinds: GatewayAnswer[] = [
      { kind: 'refused', code: 'blank_text' },
      { kind: 'accepted', smsId: '1' },
      { kind: 'refused', code: 'blank_text' },
      { kind: 'error', what: '503' },
    ];
    const messages = kinds.map((_, n) => message(`u${n}`, n));
    const answers = await feed(messages, async ({ id }) => kinds[Number(id.slice(2))], { inFlight: 1 });
    expect(answers).toMatchObject({ refused: { blank_text: 2 }, errors: ['u33: 503'] });
    expect(answers.accepted).toEqual([{ smsId: '1', userId: 'u1' }]);
  });

  it('counts a request that broke off as an error', async () => {
    const answers = await feed([message('a', 1)], () => Promise.reject(new Error('socket hang up')), { inFlight: 1 });
    expect(answers.errors).toEqual(['a1: Error: socket hang up']);
  });
});
