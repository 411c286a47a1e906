import { describe, expect, it } from '@jest/globals';
import { claimId } from './claim-id.js';

const id = (scope: string, key: string) => claimId({ scope, key, fingerprint: undefined }).toString('hex');

describe('claimId', () => {
  it('is 32 bytes, whatever the length of scope and key', () => {
    expect([id('', 'k'), id('s'.repeat(10_000), 'k'.repeat(10_000))].map(({ length }) => length)).toEqual([64, 64]);
  });

  it('is the same for the same scope and key, in every process and every version', () => {
    expect(id('group/topic/', 'key:1')).toBe('155d465fa7933b6e518992147f15be5a4d6d2868a56d0a5158ef8692a07fd305');
  });

  it.each([
    ['letter case', 'Key', 'key'],
    ['a trailing space', 'key ', 'key'],
    ['forms of Unicode', '\u00e9', 'e\u0301'],
    ['halves of characters', '\ud800', '\udbff'],
    ['a zero', 'k\0a', 'k\0b'],
  ])('tells %s apart', (_what, one, other) => {
    expect(id('scope', one)).not.toBe(id('scope', other));
  });

  it('tells where the scope ends', () => {
    expect(id('a', 'bc')).not.toBe(id('ab', 'c'));
    expect(id('', '1:a')).not.toBe(id('1', ':a'));
  });
});
