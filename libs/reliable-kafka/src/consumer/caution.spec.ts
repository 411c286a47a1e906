import { describe, expect, it } from '@jest/globals';
import { Places } from '../flow/index.js';
import { CrashAccount, type CrashNotes } from '../offsets/index.js';
import { Caution, type CautiousTask } from './caution.js';

const task = (offset: number, handler = 0) =>
  ({ record: { offset: BigInt(offset) }, route: { index: handler } }) as unknown as CautiousTask;

/** A partition whose commits are acknowledged when the test says so. */
function bench(found: Partial<CrashNotes> = {}, trial = new Places(1)) {
  const crashes = new CrashAccount(0n, { starts: 2, suspects: [], ...found });
  const told: string[] = [];
  const asked: (() => void)[] = [];
  const caution = new Caution({
    crashes,
    trial,
    commit: (stored) => {
      told.push(`commits ${noted()}`);
      asked.push(stored);
    },
    ready: () => told.push('ready'),
    began: () => told.push('began'),
    ended: () => told.push('ended'),
  });
  const noted = () => {
    const running = crashes.snapshot(0n)?.suspects.find(({ isRunning }) => isRunning);
    return running ? `note of ${running.offset}` : 'no note';
  };
  crashes.begin();
  return {
    crashes,
    caution,
    told,
    asks: (one: CautiousTask) => caution.whenMayStart(one, () => told.push(`starts ${one.record.offset}`)),
    acknowledge: () => asked.splice(0).forEach((stored) => stored()),
  };
}

const ONE_SUSPECT = { suspects: [{ offset: 3, crashes: 0, isRunning: true }] };

describe('a partition over which processes went down', () => {
  it('starts a record when its note is stored, and no other before that one has ended', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(10, 4);
    const [first, second] = [task(0), task(1)];
    asks(first);
    asks(second);
    expect(caution.mayStart(first)).toBe(false);
    acknowledge();
    expect([caution.mayStart(first), caution.mayStart(second)]).toEqual([true, false]);
    caution.settled(first);
    expect([caution.mayStart(first), caution.mayStart(second)]).toEqual([false, false]);
    acknowledge();
    expect(caution.mayStart(second)).toBe(true);
    expect(told).toEqual(['began', 'commits note of 0', 'starts 0', 'commits note of 1', 'starts 1']);
  });

  it('takes a note back at once when no other record follows, and takes nothing in while one may stand', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(10, 4);
    expect(caution.isBusy).toBe(false);
    const only = task(0);
    asks(only);
    expect(caution.isBusy).toBe(true);
    acknowledge();
    caution.settled(only);
    expect(told.at(-1)).toBe('commits no note');
    expect(caution.isBusy).toBe(true);
    acknowledge();
    expect(told.at(-1)).toBe('ready');
    expect(caution.isBusy).toBe(false);
  });

  it('notes another record when the one whose turn it is does not start', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(10, 4);
    const takeBack = asks(task(0));
    const second = task(1);
    asks(second);
    const third = asks(task(2));
    takeBack();
    third();
    acknowledge();
    caution.settled(second);
    expect(told).toEqual(['began', 'commits note of 0', 'commits note of 1', 'starts 1', 'commits no note']);
  });

  it('runs as before when as many have run as could have been running', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(2, 4);
    const [first, second, third] = [task(0), task(0, 1), task(1)];
    for (const one of [first, second, third]) asks(one);
    acknowledge();
    caution.settled(first);
    acknowledge();
    expect(caution.mayStart(third)).toBe(false);
    caution.settled(second);
    expect(caution.mayStart(third)).toBe(true);
    expect(told.slice(-4)).toEqual(['commits no note', 'starts 1', 'ready', 'ended']);
    expect(caution.isBusy).toBe(false);
  });

  it('counts a record that is tried again once', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(2, 4);
    const failing = task(0);
    for (let attempt = 0; attempt < 5; attempt++) {
      asks(failing);
      acknowledge();
      caution.settled(failing);
    }
    expect(told).not.toContain('ended');
  });

  it('has nothing to be cautious of when nothing lies in the log', () => {
    const { crashes, caution, told } = bench();
    caution.begin(0, 4);
    expect(crashes.isCautious).toBe(false);
    expect(told).toEqual([]);
  });

  it('does not begin anew when the assignment is kept', () => {
    const { caution, told, asks, acknowledge } = bench();
    caution.begin(2, 4);
    const running = task(0);
    asks(running);
    acknowledge();
    caution.stop();
    expect([caution.mayStart(running), caution.isBusy]).toEqual([false, false]);
    caution.begin(200, 4);
    for (const one of [task(1), task(2)]) {
      asks(one);
      acknowledge();
      caution.settled(one);
    }
    expect(told.filter((what) => what === 'began' || what === 'ended')).toEqual(['began', 'ended']);
  });
});

describe('a record with which a process went down', () => {
  it('runs while no other of its kind does, in all partitions of the process', () => {
    const trial = new Places(1);
    const [one, other] = [bench(ONE_SUSPECT, trial), bench(ONE_SUSPECT, trial)];
    for (const { caution, asks } of [one, other]) {
      caution.begin(10, 4);
      asks(task(3));
    }
    expect(other.told).toEqual(['began']);
    one.acknowledge();
    one.caution.stop();
    expect(other.told).toEqual(['began', 'commits note of 3']);
  });

  it('leaves its turn to another partition when its own is closed while it waits', () => {
    const trial = new Places(1);
    const [one, other, last] = [bench(ONE_SUSPECT, trial), bench(ONE_SUSPECT, trial), bench(ONE_SUSPECT, trial)];
    const takeBacks = [one, other, last].map(({ caution, asks }) => {
      caution.begin(10, 4);
      return asks(task(3));
    });
    takeBacks[1]!();
    takeBacks[0]!();
    expect(last.told).toEqual(['began', 'commits note of 3']);
  });

  it('does not run again when it was the second one', () => {
    const { caution } = bench({ suspects: [{ offset: 3, crashes: 1, isRunning: true }] });
    expect(caution.deathOf(task(3))).toMatchObject({ reason: 'crashed', error: { name: 'CrashedError', crashes: 2 } });
    expect(caution.deathOf(task(4))).toBeUndefined();
  });
});
