import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fingerprintOf } from './fingerprint.js';

const all = (payload: unknown) => payload;
const of = (payload: unknown) => fingerprintOf(payload, all).toString('hex');

describe('A fingerprint', () => {
  it('is the same for properties in another order, at any depth', () => {
    expect(of({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(of({ b: [{ d: 3, c: 2 }], a: 1 }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
        const reversed = Object.fromEntries(Object.entries(payload).toReversed());
        expect(of(payload)).toBe(of(reversed));
      }),
    );
  });

  it('is the same as that of the message once it went over the wire', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => expect(of(payload)).toBe(of(JSON.parse(JSON.stringify(payload))))),
    );
    const sent = { at: new Date(5), bytes: Buffer.from('a') };
    expect(of(sent)).toBe(of(JSON.parse(JSON.stringify(sent))));
  });

  it('is another one for other values', () => {
    const payloads = [1, '1', 1n, true, null, [], {}, [1], { a: 1 }, { a: '1' }, [[1]], [1, 1], { a: [1] }];
    expect(new Set(payloads.map(of)).size).toBe(payloads.length);
    expect(of({ at: new Date(1) })).not.toBe(of({ at: new Date(2) }));
  });

  it('is made of the chosen fields alone', () => {
    const fields = ['amount', 'to.account'];
    const one = fingerprintOf({ amount: 5, to: { account: 'a', name: 'x' } }, fields);
    expect(fingerprintOf({ amount: 5, to: { account: 'a', name: 'y' }, at: 1 }, fields)).toEqual(one);
    expect(fingerprintOf({ amount: 5, to: { account: 'b', name: 'x' } }, fields)).not.toEqual(one);
    expect(fingerprintOf({ amount: 'a', to: { account: 5 } }, fields)).not.toEqual(one);
  });

  it('sorts what an object says of itself', () => {
    const saying = (fields: object) => ({ toJSON: () => fields });
    expect(of(saying({ a: 1, b: 2n }))).toBe(of(saying({ b: 2n, a: 1 })));
  });

  it('is there for nothing, too', () => {
    expect(fingerprintOf(undefined, all)).toHaveLength(32);
    expect(fingerprintOf(null, ['amount'])).toHaveLength(32);
  });
});
