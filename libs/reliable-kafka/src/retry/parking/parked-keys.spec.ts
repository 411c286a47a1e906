import { describe, expect, it } from '@jest/globals';
import { ParkedKeys } from './parked-keys.js';

const K = '"k"';
const at = (offset: bigint, timestamp = '0') => ({ offset, timestamp });
const row = (offset: bigint, timestamp = '0') => ({ handler: '', offset, timestamp });
const parked = (records: number) => new ParkedKeys({ keys: [{ handler: '', key: K, records }], known: [] });
const nothing = () => new ParkedKeys({ keys: [], known: [] });

describe('The turn of a record of the log', () => {
  it('is to run while its key is not parked, and its key is not even asked for while none is', () => {
    expect(
      nothing().turnOf(at(1n), () => {
        throw new Error('asked');
      }),
    ).toBe('runs');
    expect(parked(1).turnOf(at(1n), () => '"other"')).toBe('runs');
  });

  it('is to join while its key is parked, until the key is not', () => {
    const keys = nothing();
    keys.note(K, 1);
    expect(keys.turnOf(at(2n), () => K)).toBe('joins');
    keys.unpark(K);
    expect(keys.turnOf(at(3n), () => K)).toBe('runs');
  });

  it('is to join while its key is held without a record', () => {
    expect(parked(0).turnOf(at(2n), () => K)).toBe('joins');
  });

  it('is to do nothing when it has a row already: once, since it comes again once in an epoch', () => {
    const keys = new ParkedKeys({ keys: [], known: [row(5n), row(9n)] });
    expect(keys.turnOf(at(9n), () => K)).toBe('known');
    expect(keys.turnOf(at(5n), () => K)).toBe('known');
    expect(keys.turnOf(at(5n), () => K)).toBe('runs');
  });

  it('has a row only with its timestamp: a topic that was made anew has the same offsets, and other records', () => {
    const keys = new ParkedKeys({ keys: [], known: [row(5n, '1000')] });
    expect(keys.turnOf(at(5n, '2000'), () => K)).toBe('runs');
    expect(keys.turnOf(at(5n, '1000'), () => K)).toBe('known');
  });
});

describe('A round', () => {
  it('begins once, and again when it has ended', () => {
    const keys = parked(1);
    expect([keys.beginRound(K), keys.beginRound(K), keys.rounds]).toEqual([true, false, 1]);
    keys.endRound(K);
    expect([keys.rounds, keys.beginRound(K)]).toEqual([0, true]);
  });

  it('leaves its key parked when it ends without the last record being done with', () => {
    const keys = parked(2);
    keys.beginRound(K);
    keys.noteDone(K);
    keys.endRound(K);
    expect([keys.recordsOf(K), keys.turnOf(at(1n), () => K)]).toEqual([1, 'joins']);
  });

  it('of a key that was not known to be parked has its later records join from the beginning', () => {
    const keys = nothing();
    keys.beginRound(K);
    expect(keys.turnOf(at(1n), () => K)).toBe('joins');
  });

  it('that came too late leaves nothing behind, unless a record has joined meanwhile', () => {
    const keys = nothing();
    keys.beginRound(K);
    keys.endRound(K);
    expect([keys.size, keys.turnOf(at(1n), () => K)]).toEqual([0, 'runs']);
    keys.beginRound(K);
    keys.note(K, 1);
    keys.endRound(K);
    expect([keys.size, keys.turnOf(at(2n), () => K)]).toEqual([1, 'joins']);
  });
});

describe('What is parked', () => {
  it('is counted over all keys, as the store told it', () => {
    const keys = new ParkedKeys({ keys: [{ handler: '', key: K, records: 3 }], known: [] });
    keys.note('"other"', 2);
    keys.noteDone(K);
    expect([keys.size, keys.records]).toEqual([2, 4]);
  });
});
