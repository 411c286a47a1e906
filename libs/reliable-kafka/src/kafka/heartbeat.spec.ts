import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pulse } from './heartbeat.js';

describe('Pulse', () => {
  let now: number;
  let beats: number;
  let delays: number[];
  let pulse: Pulse;

  /** The event loop stands still for so long after the pulse was due. */
  const beatLate = (ms: number) => {
    now += 1_000 + ms;
    jest.advanceTimersToNextTimer();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    now = 50_000;
    beats = 0;
    delays = [];
    pulse = new Pulse({
      heartbeatInterval: 3_000,
      now: () => now,
      beat: () => void beats++,
      delayed: (ms) => void delays.push(ms),
    });
    pulse.start();
  });

  afterEach(() => {
    pulse.stop();
    jest.useRealTimers();
  });

  it('beats three times a heartbeat interval, and at least once a second', () => {
    jest.advanceTimersByTime(3_000);
    expect(beats).toBe(3);
  });

  it('tells how late it came, from the first beat on', () => {
    beatLate(1_500);
    expect(delays).toEqual([1_500]);
  });

  it('tells each delay once, and counts none twice', () => {
    beatLate(1_500);
    beatLate(0);
    beatLate(2_000);
    expect(delays).toEqual([1_500, 2_000]);
  });

  it('keeps quiet about a third of a heartbeat interval or less', () => {
    beatLate(1_000);
    expect(delays).toEqual([]);
    expect(beats).toBe(1);
  });

  it('stops', () => {
    pulse.stop();
    jest.advanceTimersByTime(10_000);
    expect(beats).toBe(0);
  });
});
