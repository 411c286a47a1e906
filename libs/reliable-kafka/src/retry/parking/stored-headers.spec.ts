import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseHeaders, storedHeaders } from './stored-headers.js';

const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const value = fc.oneof(fc.string({ unit: 'binary' }), bytes);
const headers = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(value, fc.array(value)), {
  noNullPrototype: true,
});

describe('Stored headers', () => {
  it('come back as they were, bytes as bytes and lists as lists', () => {
    fc.assert(fc.property(headers, (given) => expect(parseHeaders(storedHeaders(given))).toEqual(given)));
  });

  it('are absent where there were none, and empty where they were empty', () => {
    expect(parseHeaders(storedHeaders(undefined))).toBeUndefined();
    expect(parseHeaders(storedHeaders({}))).toEqual({});
  });

  it('leave out a name without a value', () => {
    expect(parseHeaders(storedHeaders({ a: undefined, b: 'x' }))).toEqual({ b: 'x' });
  });
});
