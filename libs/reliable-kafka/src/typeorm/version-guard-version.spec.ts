import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord } from '../contracts/index.js';
import { FatalError } from '../contracts/index.js';
import { InvalidVersionError, verdictOn, versionReader } from './version-guard-version.js';

const record = {} as ConsumedRecord;

describe('what a stored version makes of a record', () => {
  it('latest: higher is current, equal a duplicate, lower superseded', () => {
    expect([4n, 5n, 6n, 9n].map((version) => verdictOn('latest', version, 5n))).toEqual([
      'superseded',
      'duplicate',
      'current',
      'current',
    ]);
  });

  it('next: the one after it is current, equal or lower a duplicate, anything higher premature', () => {
    expect([4n, 5n, 6n, 7n].map((version) => verdictOn('next', version, 5n))).toEqual([
      'duplicate',
      'duplicate',
      'current',
      'premature',
    ]);
  });
});

describe('the version of a record', () => {
  it('is a whole number in whatever type a record carries it', () => {
    const read = versionReader('seq', 'latest');
    expect([7, 7n, '7', -7, '9223372036854775807'].map((seq) => read({ seq }, record))).toEqual([
      7n,
      7n,
      7n,
      -7n,
      9223372036854775807n,
    ]);
  });

  it('is found by a path or a function', () => {
    expect(versionReader('head.seq', 'next')({ head: { seq: 3 } }, record)).toBe(3n);
    expect(versionReader(({ seq }) => seq + 1, 'next')({ seq: 3 }, record)).toBe(4n);
  });

  it.each([[undefined], [null], [''], ['7a'], ['1.5'], [1.5], [2 ** 53], [Number.NaN], [true], [{}]])(
    'is not %p: that is fatal',
    (seq) => {
      const read = () => versionReader('seq', 'latest')({ seq }, record);
      expect(read).toThrow(InvalidVersionError);
      expect(read).toThrow(FatalError);
      expect(read).toThrow(/The version 'seq' of @Idempotent found .* where it needs a whole number/);
    },
  );

  it('begins at 1 in mode next, where a row that is not there yet is at 0', () => {
    expect(() => versionReader('seq', 'next')({ seq: 0 }, record)).toThrow(
      "found '0' where it needs a whole number of at least 1",
    );
    expect(versionReader('seq', 'latest')({ seq: 0 }, record)).toBe(0n);
  });
});
