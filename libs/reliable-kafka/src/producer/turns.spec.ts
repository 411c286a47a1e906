import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  it('come one after the other per topic, whatever they take and however they end', async () => {
    const turns = new Turns();
    const log: string[] = [];
    let finish = () => {};
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const first = turns.take('t', () => slow.then(() => Promise.reject(new Error('first failed'))));
    const second = turns.take('t', async () => log.push('second'));
    await turns.take('another', async () => log.push('elsewhere'));
    finish();
    await expect(first).rejects.toThrow('first failed');
    await second;
    expect(log).toEqual(['elsewhere', 'second']);
  });
});
