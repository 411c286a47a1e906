import { describe, expect, it } from '@jest/globals';
import { sound } from '../../../../test/support/topic-facts.js';
import { replicaFindings } from './replica-findings.js';

const brief = (...[settings, partitions]: Parameters<typeof sound>) =>
  replicaFindings(sound(settings, partitions)).map(({ check, severity }) => `${check} ${severity}`);

const needing = (count: number) => ({ 'min.insync.replicas': `${count}` });

describe('A topic', () => {
  it('with three replicas, two of which acknowledge, is sound', () => {
    expect(brief()).toEqual([]);
    expect(brief(needing(3), [[1, 2, 3, 4, 5]])).toEqual([]);
  });

  it('with one replica loses what its broker loses', () => {
    expect(brief({}, [[1]])).toEqual(['replication loses']);
    expect(brief(needing(1), [[1]])).toEqual(['replication loses']);
  });

  it('has as many replicas as the poorest of its partitions', () => {
    expect(brief({}, [[1, 2, 3], [2]])).toEqual(['replication loses']);
  });

  it('that is acknowledged by one of several loses what only that one has', () => {
    expect(brief(needing(1))).toEqual(['min-insync loses']);
    expect(brief(needing(1), [[1, 2]])).toEqual(['min-insync loses']);
  });

  it('that is acknowledged by all stops when any of them is away', () => {
    expect(brief(needing(3))).toEqual(['min-insync stops']);
    expect(brief(needing(4))).toEqual(['min-insync stops']);
    expect(brief(needing(2), [[1, 2]])).toEqual(['min-insync stops']);
  });

  it('that elects unclean leaders loses what they lack, whatever else is right', () => {
    expect(brief({ 'unclean.leader.election.enable': 'true' })).toEqual(['unclean-election loses']);
    expect(brief({ 'unclean.leader.election.enable': 'true', ...needing(1) })).toEqual([
      'min-insync loses',
      'unclean-election loses',
    ]);
  });

  it('of which nothing is told has nothing said about it', () => {
    expect(replicaFindings({ topic: 'orders' })).toEqual([]);
    expect(replicaFindings({ ...sound(needing(1)), partitions: undefined })).toEqual([]);
    expect(replicaFindings({ ...sound(), settings: undefined })).toEqual([]);
  });

  it('is told what to do, which two replicas cannot do by themselves', () => {
    const remedies = (...args: Parameters<typeof sound>) => replicaFindings(sound(...args)).map(({ remedy }) => remedy);
    expect(remedies(needing(1))).toEqual(['Set min.insync.replicas to 2.']);
    expect(remedies(needing(1), [[1, 2]])).toEqual(['Give it three replicas and min.insync.replicas 2.']);
    expect(remedies(needing(2), [[1, 2]])).toEqual(['Give it three replicas.']);
    expect(remedies(needing(3))).toEqual(['Set min.insync.replicas below 3.']);
  });

  it('with one replica that writes every record to its disk does not lose it in a power cut', () => {
    const what = (flush: string) => replicaFindings(sound({ 'flush.messages': flush }, [[1]]))[0]!.what;
    expect(what('9223372036854775807')).toContain('power cut');
    expect(what('2')).toContain('power cut');
    expect(what('1')).not.toContain('power cut');
  });
});
