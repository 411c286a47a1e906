import { describe, expect, it } from '@jest/globals';
import type { LogRange, StoredOffset } from './group-offsets.js';
import { planStart, type StartRules } from './start-positions.js';

const p = (partition: number) => ({ topic: 't', partition });
const stored = (...offsets: bigint[]) =>
  new Map(offsets.map((offset, id): [string, StoredOffset] => [`t[${id}]`, { ...p(id), offset, metadata: `m${id}` }]));
const logs = (...bounds: [bigint, bigint][]) =>
  new Map(bounds.map(([start, end], id): [string, LogRange] => [`t[${id}]`, { ...p(id), start, end }]));
const rules = (change: Partial<StartRules> = {}): StartRules => ({
  startFrom: () => 'earliest',
  outOfRange: 'stop',
  ...change,
});
const LATEST = rules({ startFrom: () => 'latest' });

describe('where a partition starts', () => {
  it('at its commit, with the metadata that is stored there', () => {
    expect(planStart([p(0)], stored(7n), logs([5n, 9n]), rules())).toEqual({
      starts: [{ ...p(0), committed: 7n, metadata: 'm0', position: 7n, logStart: 5n, logEnd: 9n, outOfRange: false }],
      commit: [],
      awaited: [],
    });
  });

  it('at both bounds of the log, which are inside', () => {
    for (const offset of [5n, 9n]) {
      expect(planStart([p(0)], stored(offset), logs([5n, 9n]), rules()).starts[0]!.outOfRange).toBe(false);
    }
  });

  it('at the beginning of the log when the group has no commits and starts from the earliest', () => {
    const { starts, commit } = planStart([p(0)], stored(-1n), logs([5n, 9n]), rules());
    expect(starts).toMatchObject([{ committed: undefined, position: 5n }]);
    expect(commit).toEqual([]);
  });
});

describe('a group that starts from the latest', () => {
  it('commits the log end of the whole topic once, by the owner of its first partition', () => {
    const plan = planStart([p(0)], stored(-1n, -1n), logs([0n, 4n], [0n, 8n]), LATEST);
    expect(plan.starts).toEqual([]);
    expect(plan.commit).toEqual([
      { ...p(0), offset: 4n, metadata: '' },
      { ...p(1), offset: 8n, metadata: '' },
    ]);
  });

  it('waits for that owner in all other members', () => {
    expect(planStart([p(1)], stored(-1n, -1n), logs([0n, 4n], [0n, 8n]), LATEST)).toEqual({
      starts: [],
      commit: [],
      awaited: ['t'],
    });
  });

  it('takes the log end for its own partitions when the owner never comes', () => {
    const plan = planStart([p(1)], stored(-1n, -1n), logs([0n, 4n], [0n, 8n]), LATEST, ['t']);
    expect(plan.commit).toEqual([{ ...p(1), offset: 8n, metadata: '' }]);
    expect(plan.awaited).toEqual([]);
  });

  it('starts partitions that were added later at their beginning: one commit in the topic makes the group an old one', () => {
    const plan = planStart([p(1)], stored(4n, -1n), logs([0n, 4n], [0n, 8n]), LATEST);
    expect(plan.starts).toMatchObject([{ committed: undefined, position: 0n }]);
    expect(plan.commit).toEqual([]);
  });
});

describe('a position outside the log', () => {
  const cases: [string, bigint, [bigint, bigint]][] = [
    ['below it', 3n, [5n, 9n]],
    ['beyond it', 10n, [5n, 9n]],
    ['that kafkajs has overwritten with -2', -2n, [5n, 9n]],
  ];

  it.each(cases)('%s stops the partition by default', (_, offset, bounds) => {
    const { starts, commit } = planStart([p(0)], stored(offset), logs(bounds), rules());
    expect(starts).toMatchObject([{ outOfRange: true, position: offset < 0n ? 5n : offset }]);
    expect(commit).toEqual([]);
  });

  it.each(cases)('%s goes to the bound that was asked for, which is committed first', (_, offset, bounds) => {
    const earliest = planStart([p(0)], stored(offset), logs(bounds), rules({ outOfRange: 'earliest' }));
    expect(earliest.commit).toEqual([{ ...p(0), offset: 5n, metadata: '' }]);
    const latest = planStart([p(0)], stored(offset), logs(bounds), rules({ outOfRange: 'latest' }));
    expect(latest.commit).toEqual([{ ...p(0), offset: 9n, metadata: '' }]);
  });
});

it('a partition that the metadata does not know yet is an error, to be tried again', () => {
  expect(() => planStart([p(1)], stored(1n, 1n), logs([0n, 4n]), rules())).toThrow('t[1]');
});
