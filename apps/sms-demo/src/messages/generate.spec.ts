import { generate, generateEvenly } from './generate.js';

describe('generate', () => {
  it('gives the same messages each time', () => {
    expect(generate(500)).toEqual(generate(500));
  });

  it('has users of very different weight, and a few blank texts', () => {
    const messages = generate(2_000);
    const counts = new Map<string, number>();
    for (const { userId } of messages) counts.set(userId, (counts.get(userId) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(100);
    expect(Math.max(...counts.values())).toBeGreaterThan(200);
    expect(messages.filter(({ text }) => text.trim() === '')).toHaveLength(5);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  });
});

describe('generateEvenly', () => {
  it('spreads the messages over the users', () => {
    expect(generateEvenly(4, 2, 'x').map(({ userId }) => userId)).toEqual(['x0', 'x1', 'x0', 'x1']);
  });
});
