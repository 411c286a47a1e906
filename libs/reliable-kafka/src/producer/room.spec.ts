import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Room } from './room.js';

const settled = () => new Promise(setImmediate);

/** Takes room under a name, and tells when it was given. */
function taker(room: Room) {
  const admitted: string[] = [];
  const take = async (name: string, bytes: number) => {
    await room.take(bytes);
    admitted.push(name);
  };
  return { admitted, take };
}

describe('Room for records', () => {
  it('is given at once while there is some', () => {
    const room = new Room({ records: 2, bytes: 100 });
    expect([room.take(40), room.take(60)]).toEqual([undefined, undefined]);
    expect(room).toMatchObject({ records: 2, bytes: 100 });
  });

  it.each([
    ['records', { records: 1, bytes: 100 }],
    ['bytes', { records: 10, bytes: 50 }],
  ])('is waited for when there are too many %s', async (_, bounds) => {
    const room = new Room(bounds);
    const { admitted, take } = taker(room);
    void take('first', 30);
    void take('second', 30);
    await settled();
    expect(admitted).toEqual(['first']);
    room.release(30);
    await settled();
    expect(admitted).toEqual(['first', 'second']);
  });

  it('is given in the order of asking: a small record does not overtake a large one', async () => {
    const room = new Room({ records: 10, bytes: 100 });
    const { admitted, take } = taker(room);
    void take('first', 90);
    void take('large', 80);
    void take('small', 10);
    await settled();
    expect(admitted).toEqual(['first']);
    room.release(90);
    await settled();
    expect(admitted).toEqual(['first', 'large', 'small']);
  });

  it('is all of it for a record that is larger', async () => {
    const room = new Room({ records: 10, bytes: 100 });
    const { admitted, take } = taker(room);
    void take('first', 10);
    void take('giant', 1_000);
    void take('next', 10);
    await settled();
    expect(admitted).toEqual(['first']);
    room.release(10);
    await settled();
    expect(admitted).toEqual(['first', 'giant']);
    room.release(1_000);
    await settled();
    expect(admitted).toEqual(['first', 'giant', 'next']);
  });

  it('is refused to all who wait when it is given up', async () => {
    const room = new Room({ records: 1, bytes: 100 });
    await room.take(1);
    const waiting = [room.take(1), room.take(1)];
    room.abandon(new Error('closed'));
    expect(await Promise.allSettled(waiting)).toMatchObject([
      { reason: { message: 'closed' } },
      { reason: { message: 'closed' } },
    ]);
  });

  it('is never exceeded, never withheld, and given in turn, whatever is taken and released', async () => {
    const step = fc.oneof(fc.record({ take: fc.integer({ min: 1, max: 60 }) }), fc.record({ release: fc.nat(9) }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const bounds = { records: 4, bytes: 100 };
        const room = new Room(bounds);
        const inside: number[] = [];
        const outside: { number: number; bytes: number }[] = [];
        let asked = 0;
        let last = -1;
        for (const step of steps) {
          if ('take' in step) {
            const me = { number: asked++, bytes: step.take };
            outside.push(me);
            void Promise.resolve(room.take(me.bytes)).then(() => {
              expect(me.number).toBe(last + 1);
              last = me.number;
              inside.push(me.bytes);
              outside.splice(outside.indexOf(me), 1);
            });
          } else if (inside.length > 0) {
            room.release(inside.splice(step.release % inside.length, 1)[0]!);
          }
          await settled();
          const bytes = inside.reduce((sum, one) => sum + one, 0);
          expect([room.records, room.bytes]).toEqual([inside.length, bytes]);
          expect(inside.length <= bounds.records && bytes <= bounds.bytes).toBe(true);
          const [next] = outside;
          if (next) expect(inside.length < bounds.records && bytes + next.bytes <= bounds.bytes).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});
