import { describe, expect, it } from '@jest/globals';
import { checkMessage, encodeBytes, encodeHeaders, encodeKey } from './message.js';

const check = (message: unknown) => () => checkMessage(message as never, "Message 3 to 't'");

describe('a message', () => {
  it.each([{ value: 1 }, { value: null }, { value: '', orderedBy: 7, partition: 0, headers: {}, id: 'x' }])(
    'may be %j',
    (message) => {
      expect(check(message)).not.toThrow();
    },
  );

  it.each<[unknown, RegExp]>([
    [{ value: 1, userId: 2 }, /Message 3 to 't': unknown property 'userId'; pass the payload as \{ value: payload \}/],
    [{ userId: 2 }, /unknown property 'userId'/],
    [{}, /no `value`; pass null for a tombstone/],
    [{ value: undefined }, /no `value`/],
    ['text', /it is string text; pass \{ value: … \}/],
    [null, /it is/],
    [{ value: 1, id: '' }, /id is empty/],
    [{ value: 1, id: 7 }, /id is number 7/],
  ])('may not be %j', (message, reason) => {
    expect(check(message)).toThrow(reason);
  });
});

describe('a key', () => {
  it('is one for 7, 7n and "7"', () => {
    expect([7, 7n, '7'].map((key) => encodeKey(key, 'x'))).toEqual(['7', '7', '7']);
  });

  it.each([Number.NaN, Infinity, {}, null, undefined, true])('cannot be %p', (key) => {
    expect(() => encodeKey(key, 'orderedBy')).toThrow(/orderedBy is .*must be a string, a finite number or a bigint/);
  });
});

describe('headers', () => {
  it('get a UUIDv7 as message-id, in the order of their making', () => {
    const [one, two] = [encodeHeaders({ a: 'b' }, undefined, 'x'), encodeHeaders(undefined, undefined, 'x')];
    expect(one).toMatchObject({ a: 'b', 'message-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) });
    expect(String(one['message-id']) < String(two['message-id'])).toBe(true);
  });

  it('keep the id that the message has, before the one that they had', () => {
    expect(encodeHeaders({ 'message-id': 'old' }, undefined, 'x')).toEqual({ 'message-id': 'old' });
    expect(encodeHeaders({ 'message-id': 'old' }, 'new', 'x')).toEqual({ 'message-id': 'new' });
  });

  it('lose what is undefined, and refuse what is not bytes', () => {
    expect(encodeHeaders({ a: undefined, b: ['1', Buffer.from('2')] }, 'i', 'x')).toEqual({
      b: ['1', Buffer.from('2')],
      'message-id': 'i',
    });
    expect(() => encodeHeaders({ n: 7 as never }, 'i', "Message 0 to 't'")).toThrow(
      /Message 0 to 't': the header 'n' is number 7/,
    );
    expect(() => encodeHeaders({ n: ['1', {} as never] }, 'i', 'x')).toThrow(/the header 'n' is a list/);
  });
});

describe('bytes', () => {
  it('are buffers as they are, texts in UTF-8, and null', () => {
    const buffer = Buffer.from([0xff]);
    expect(encodeBytes(buffer, 'x')).toBe(buffer);
    expect(encodeBytes('é', 'x')).toEqual(Buffer.from([0xc3, 0xa9]));
    expect(encodeBytes(undefined, 'x')).toBeNull();
  });

  it('are not what a serializer may have left', () => {
    expect(() => encodeBytes({}, "Message 0 to 't'")).toThrow(/Message 0 to 't': the serializer made an object of it/);
  });
});
