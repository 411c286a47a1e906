import * as fc from 'fast-check';
import { MalformedRequest, Reader, Writer, crc32c, type Type } from './index.js';
import * as types from './index.js';

const through = <R, W>(type: Type<R, W>, value: W, version = 0): R => {
  const writer = new Writer();
  type.write(writer, value, version);
  const reader = new Reader(Buffer.concat(writer.finish()));
  const read = type.read(reader, version);
  expect(reader.remaining).toBe(0);
  return read;
};

describe('the wire', () => {
  const person = types.struct({
    name: types.string,
    alias: types.nullableString,
    age: types.since(2, types.int16, -1),
    shoes: types.between([1, 3], types.int8, 0),
    big: types.int64,
    tags: types.array(types.string),
    photo: types.nullableRecords,
    friends: types.nullableArray(types.struct({ name: types.string, close: types.boolean })),
  });

  it('reads what it wrote, whatever the size', () => {
    const friend = fc.record({ name: fc.string(), close: fc.boolean() });
    const anyone = fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 3000 }),
      alias: fc.option(fc.string()),
      age: fc.integer({ min: -0x8000, max: 0x7fff }),
      shoes: fc.integer({ min: -128, max: 127 }),
      big: fc.maxSafeInteger(),
      tags: fc.array(fc.string(), { maxLength: 300 }),
      photo: fc.option(fc.uint8Array({ maxLength: 10_000 }).map((bytes) => Buffer.from(bytes))),
      friends: fc.option(fc.array(friend)),
    });
    fc.assert(
      fc.property(anyone, (one) => {
        const read = through(
          person,
          { ...one, photo: one.photo && [one.photo.subarray(0, 5), one.photo.subarray(5)] },
          3,
        );
        expect(read).toEqual(one);
      }),
    );
  });

  it('leaves out what a version does not have', () => {
    const one = { name: 'a', alias: null, age: 3, shoes: 4, big: 5, tags: [], photo: null, friends: null };
    expect(through(person, one, 0)).toEqual({ ...one, age: -1, shoes: 0 });
    expect(through(person, one, 1)).toEqual({ ...one, age: -1 });
    expect(through(person, one, 4)).toEqual({ ...one, shoes: 0 });
  });

  it('has zigzag varints', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
        const writer = new Writer();
        writer.varint(value);
        expect(new Reader(Buffer.concat(writer.finish())).varint()).toBe(value);
      }),
    );
    const writer = new Writer();
    for (const value of [0, -1, 1, -64, 64, 300]) writer.varint(value);
    expect(Buffer.concat(writer.finish()).toString('hex')).toBe('0001027f8001d804');
  });

  it('passes large byte strings on by reference', () => {
    const large = Buffer.alloc(5000, 7);
    const writer = new Writer();
    types.nullableRecords.write(writer, [large], 0);
    expect(writer.finish()).toContain(large);
  });

  it.each<[string, Type<unknown, any>, number[]]>([
    ['a string that ends too early', types.string, [0, 5, 65]],
    ['a negative length', types.nullableString, [0xff, 0xfe]],
    ['null where something is required', types.string, [0xff, 0xff]],
    ['an array that cannot fit', types.array(types.int8), [0x7f, 0xff, 0xff, 0xff, 1]],
    ['half a number', types.int64, [1, 2, 3]],
  ])('refuses %s', (_, type, bytes) => {
    expect(() => type.read(new Reader(Buffer.from(bytes)), 0)).toThrow(MalformedRequest);
  });

  it('has the checksum of Castagnoli', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });
});
