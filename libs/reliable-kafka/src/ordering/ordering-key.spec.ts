import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ConsumedRecord } from '../contracts/index.js';
import { NOTHING, PARTITION, RECORD_KEY, TOPIC } from '../contracts/index.js';
import { compileKey, OrderingKeyError, routedByAnother } from './ordering-key.js';

function record(key: string | Uint8Array | null): ConsumedRecord {
  return {
    topic: 't',
    partition: 0,
    offset: 0n,
    key: key === null ? null : Buffer.from(key as Uint8Array),
    value: null,
    headers: undefined,
    timestamp: '0',
  };
}

describe('compileKey', () => {
  it('follows a payload path', () => {
    expect(compileKey('user.id')({ user: { id: 'u1' } }, record(null))).toBe(
      compileKey('id')({ id: 'u1' }, record(null)),
    );
  });

  it("takes 7, 7n and '7' for one key", () => {
    const key = compileKey('id');
    expect(
      new Set([key({ id: 7 }, record(null)), key({ id: 7n }, record(null)), key({ id: '7' }, record(null))]).size,
    ).toBe(1);
  });

  it('asks a function with the payload and its record', () => {
    const key = compileKey((payload: { n: number }, { key: own }) => `${payload.n}/${own?.toString()}`);
    expect(key({ n: 1 }, record('k'))).toContain('1/k');
  });

  it('gives records without a key one lane, which is no key that text could spell', () => {
    const key = compileKey(RECORD_KEY);
    expect(key(null, record(null))).toBe(key(null, record(null)));
    for (const text of ['', '-', '=', 'null']) expect(key(null, record(text))).not.toBe(key(null, record(null)));
  });

  it.each(['u1', 'é', '用户', '👍', '\uFFFD'])(
    'orders a tombstone by its record key %j, with the payloads of that key, when the selector is a path',
    (id) => {
      for (const path of ['userId', 'user.id']) {
        const payload = { userId: id, user: { id } };
        expect(compileKey(path)(null, record(id))).toBe(compileKey(path)(payload, record(id)));
      }
    },
  );

  it('tells binary record keys apart', () => {
    const key = compileKey(RECORD_KEY);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (one, other) => {
        fc.pre(Buffer.compare(one, other) !== 0);
        const [a, b] = [key(null, record(one)), key(null, record(other))];
        // Bytes that are no text may share a lane with a text, and wait for it in vain; but never with other such bytes.
        expect(a === b && isUtf8(one) === isUtf8(other)).toBe(false);
      }),
      { numRuns: 2000 },
    );
    expect(key(null, record(Uint8Array.of(0xff)))).not.toBe(key(null, record(Uint8Array.of(0xfe))));
  });

  it('has one lane for the partition and the topic, and none for no order', () => {
    expect(compileKey(PARTITION)({}, record('a'))).toBe(compileKey(PARTITION)({}, record('b')));
    expect(compileKey(TOPIC)({}, record('a'))).toBe(compileKey(TOPIC)({}, record('b')));
    expect(compileKey(NOTHING)({}, record('a'))).toBeUndefined();
  });

  it.each([[{}], [{ id: null }], [{ id: Number.NaN }], [{ id: {} }], [{ id: true }], [undefined], [7]])(
    'refuses %j, where the path finds no key, and names the path',
    (payload) => {
      expect(() => compileKey('id')(payload, record('k'))).toThrow(OrderingKeyError);
      expect(() => compileKey('id')(payload, record('k'))).toThrow("'id'");
    },
  );
});

describe('OrderingKeyError', () => {
  it.each([
    [{ id: Number.NaN }, 'NaN'],
    [{ id: null }, 'null'],
    [{}, 'undefined'],
    [{ id: [] }, 'object'],
  ])('of %j says that it found %s', (payload, found) => {
    expect(() => compileKey('id')(payload, record('k'))).toThrow(`@OrderedBy('id') found ${found}`);
  });
});

describe('routedByAnother', () => {
  const keyOf = (id: string) => compileKey('id')({ id }, record(null));

  it.each(['u1', 'é', '用户', ''])('accepts a record whose own key is the ordering key %j', (id) => {
    expect(routedByAnother(keyOf(id), record(id))).toBe(false);
  });

  it('sees another key, and a missing one', () => {
    expect(routedByAnother(keyOf('u1'), record('u2'))).toBe(true);
    expect(routedByAnother(keyOf('u1'), record('u10'))).toBe(true);
    expect(routedByAnother(keyOf('u1'), record(null))).toBe(true);
    expect(routedByAnother(keyOf('é'), record('ê'))).toBe(true);
  });

  it('takes a record that is ordered by its own key for routed by it, text or not', () => {
    const own = compileKey(RECORD_KEY);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 12 }),
        (bytes) => !routedByAnother(own(null, record(bytes)), record(bytes)),
      ),
      { numRuns: 2000 },
    );
  });
});
