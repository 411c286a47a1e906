import { expect, it } from '@jest/globals';
import { Sparingly } from './sparingly.js';

it('What happens often is told at once, then again when the time has passed, each thing by itself', () => {
  let now = 0;
  const sparingly = new Sparingly(10, () => now);
  const told: string[] = [];
  for (; now < 25; now++)
    for (const thing of ['a', ...(now > 2 ? ['b'] : [])]) if (sparingly.isTimeFor(thing)) told.push(thing + now);
  expect(told).toEqual(['a0', 'b3', 'a10', 'b13', 'a20', 'b23']);
});
