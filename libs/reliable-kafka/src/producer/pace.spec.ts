import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

describe('A pace', () => {
  it('lets somebody who never waits rest every so many steps, until the next turn of the event loop', async () => {
    const pace = new Pace(3, setImmediate);
    const log: string[] = [];
    const walk = async () => {
      for (let step = 1; step <= 7; step++) {
        log.push(String(step));
        await pace.step();
      }
    };
    setImmediate(() => log.push('turn'));
    await walk();
    expect(log).toEqual(['1', '2', '3', 'turn', '4', '5', '6', '7']);
  });

  it('lets all rest together who walk together', async () => {
    const turns: (() => void)[] = [];
    const pace = new Pace(2, (go) => turns.push(go));
    expect(pace.step()).toBeUndefined();
    const rests = [pace.step(), pace.step()];
    expect(turns).toHaveLength(1);
    turns[0]!();
    await Promise.all(rests);
    expect(pace.step()).toBeUndefined();
  });
});
