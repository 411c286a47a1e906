import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { done, doneBy, pending, readValue } from './claim-value.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const maybe = fc.option(bytes, { nil: undefined });
const owner = fc.string({ unit: 'binary', minLength: 0 });

/** As Redis gives it back. */
const stored = (value: string | Buffer) => Buffer.from(value as string);

describe('the value of a claim', () => {
  it('gives fingerprint and reply back as they were, absent or empty or of any bytes', () => {
    fc.assert(
      fc.property(owner, maybe, maybe, (owner, fingerprint, reply) => {
        expect(readValue(stored(done(owner, { fingerprint, reply })))).toEqual({ fingerprint, reply });
      }),
    );
  });

  it('is pending, whoever owns it', () => {
    fc.assert(fc.property(owner, (owner) => expect(readValue(stored(pending(owner)))).toBeUndefined()));
  });

  it('begins with what says who completed it, and with what says so of nobody else', () => {
    fc.assert(
      fc.property(owner, owner, maybe, maybe, (one, other, fingerprint, reply) => {
        const value = stored(done(one, { fingerprint, reply }));
        const begins = (name: string) => value.indexOf(doneBy(name)) === 0;
        expect(begins(one)).toBe(true);
        expect(begins(other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
      }),
    );
  });

  it('that is not ours is not read as anything', () => {
    for (const value of ['', 'x', '1', '{}']) expect(() => readValue(Buffer.from(value))).toThrow('another prefix');
  });
});
