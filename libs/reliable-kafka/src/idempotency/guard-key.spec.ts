import { describe, expect, it } from '@jest/globals';
import { recordOf } from '../../../../test/support/guarded-calls.js';
import { FatalError } from '../contracts/index.js';
import { MissingKeyError, SelectorError } from './errors.js';
import { guardKeyReader } from './guard-key.js';

const withId = (id: Buffer | string | (Buffer | string)[]) => recordOf({ id: 1 }, { headers: { 'message-id': id } });

describe('The key of a record', () => {
  const own = guardKeyReader({});
  const keyOf = (...record: Parameters<typeof recordOf>) => own(undefined, recordOf(...record), 'scope').key;

  it('is what the selector finds in its payload', () => {
    const read = guardKeyReader({ key: 'order.id' });
    expect(read({ order: { id: 'o1' } }, withId('m1'), 'scope')).toEqual({
      scope: 'scope',
      key: 'key:o1',
      fingerprint: undefined,
    });
    const asked = guardKeyReader({ key: ({ id }, { topic }) => `${topic}/${id}` });
    expect(asked({ id: 7 }, recordOf({}), 'scope').key).toBe('key:t/7');
  });

  it("is one key for 7, 7n and '7'", () => {
    const read = guardKeyReader({ key: 'id' });
    expect([7, 7n, '7'].map((id) => read({ id }, recordOf({}), 'scope').key)).toEqual(['key:7', 'key:7', 'key:7']);
  });

  it('is its message-id, the first where there are several, when nothing else is said', () => {
    for (const id of ['m1', Buffer.from('m1'), ['m1', 'm2']]) expect(own({}, withId(id), 'scope').key).toBe('id:m1');
  });

  it('tells message-ids apart that are no text', () => {
    const ids = [Buffer.from([0xff]), Buffer.from([0xfe]), Buffer.from('\ufffd'), '\ufffe'];
    expect(new Set(ids.map((id) => own({}, withId(id), 'scope').key)).size).toBe(ids.length);
  });

  it('is made of its place, its time and its content where it has no message-id', () => {
    const records: Parameters<typeof recordOf>[] = [
      [1],
      [2],
      [1, { offset: 1n }],
      [1, { partition: 1 }],
      [1, { topic: 'other' }],
      [1, { timestamp: '2' }],
      [1, { value: null }],
      [1, { key: Buffer.from('1'), value: Buffer.alloc(0) }],
      [1, { key: Buffer.alloc(0), value: Buffer.from('1') }],
    ];
    const keys = records.map((record) => keyOf(...record));
    expect(new Set(keys).size).toBe(records.length);
    expect(keys[0]).toBe(keyOf(1));
    expect(keys[0]).toMatch(/^at:t\/0\/0\/1\//);
    expect(keyOf(1, { headers: { 'message-id': '' } })).toBe(keys[0]);
  });

  it('never meets a key of another kind', () => {
    const at = keyOf(1);
    expect(guardKeyReader({ key: 'id' })({ id: at }, recordOf({}), 'scope').key).not.toBe(at);
    expect(own({}, withId(at), 'scope').key).not.toBe(at);
    expect(own({}, withId('key:1'), 'scope').key).not.toBe(
      guardKeyReader({ key: 'id' })({ id: 1 }, recordOf(1), '').key,
    );
  });

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['', 'an empty text'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [true, 'boolean'],
    [{}, 'object'],
    [Promise.resolve('late'), 'object'],
  ])('that is %p is missing, which is fatal', (id, told) => {
    const read = () => guardKeyReader({ key: 'id' })({ id }, recordOf({}), 'scope');
    expect(read).toThrow(MissingKeyError);
    expect(read).toThrow(FatalError);
    expect(read).toThrow(`The key 'id' of @Idempotent found ${told}`);
  });

  it('is missing in a tombstone, for a path', () => {
    expect(() => guardKeyReader({ key: 'order.id' })(null, recordOf(null), 'scope')).toThrow(MissingKeyError);
  });

  it('cannot be had from a function that throws, which is fatal, too', () => {
    const key = ({ order }: { order: { id: string } }) => order.id;
    const read = () => guardKeyReader({ key })({}, recordOf({}), 'scope');
    expect(read).toThrow(SelectorError);
    expect(read).toThrow(FatalError);
    const fingerprint = () => {
      throw new Error('no fields');
    };
    expect(() => guardKeyReader({ key: 'id', fingerprint })({ id: 1 }, recordOf({}), 'scope')).toThrow(
      'The fingerprint function of @Idempotent threw: Error: no fields',
    );
  });

  it('comes with the fingerprint of the chosen fields', () => {
    const read = guardKeyReader({ key: 'id', fingerprint: ['amount'] });
    const fingerprint = (payload: object) => read({ id: 1, ...payload }, recordOf({}), 'scope').fingerprint!;
    expect(fingerprint({ amount: 5, note: 'a' })).toEqual(fingerprint({ amount: 5, note: 'b' }));
    expect(fingerprint({ amount: 5 })).not.toEqual(fingerprint({ amount: 6 }));
  });
});
