import { chance } from './chance.js';

describe('chance', () => {
  it('is the same for the same words, and another for others', () => {
    expect(chance('key', 1)).toBe(chance('key', 1));
    expect(chance('key', 1)).not.toBe(chance('key', 2));
  });

  it('spreads evenly', () => {
    const draws = Array.from({ length: 10_000 }, (_, n) => chance('key', n));
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expect(draws.filter((draw) => draw < 0.1).length / draws.length).toBeCloseTo(0.1, 1);
  });
});
