import { describe, expect, it } from '@jest/globals';
import { type Deaths, loopProblems } from './loops.js';

const handler = (topic: string | RegExp, deadLetterTopic?: string): Deaths => ({
  label: `On.${String(topic)}`,
  topic,
  deadLetterTopic,
});

describe('Dead letters that come back', () => {
  it('are told with their way', () => {
    expect(loopProblems([handler('a', 'a')])).toMatchObject([
      { where: 'On.a @DeadLetter', what: 'its dead letters come back to it: a -> a' },
    ]);
    expect(loopProblems([handler('a', 'b'), handler('b', 'c'), handler('c', 'a')])).toMatchObject([
      { what: 'its dead letters come back to it: a -> b -> c -> a' },
      { what: 'its dead letters come back to it: b -> c -> a -> b' },
      { what: 'its dead letters come back to it: c -> a -> b -> c' },
    ]);
  });

  it('are told of those only who are part of the loop', () => {
    expect(loopProblems([handler('a', 'b'), handler('b', 'c'), handler('c', 'b')]).map(({ where }) => where)).toEqual([
      'On.b @DeadLetter',
      'On.c @DeadLetter',
    ]);
  });

  it('are not those of a handler whose way ends', () => {
    expect(
      loopProblems([handler('a', 'a-dlt'), handler('a-dlt', 'a-dlt-2'), handler('a-dlt'), handler(/^a/, 'a-dlt')]),
    ).toEqual([]);
  });
});
