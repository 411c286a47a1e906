import { MalformedRequest } from './malformed.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** One type of the protocol, for both directions: a broker reads requests and writes responses, a client the reverse. */
export interface Type<Read, Write = Read> {
  read(from: Reader, version: number): Read;
  write(to: Writer, value: Write, version: number): void;
}

export type ReadOf<T> = T extends Type<infer Read, any> ? Read : never;
export type WriteOf<T> = T extends Type<any, infer Write> ? Write : never;

type Fields = Record<string, Type<any, any>>;
type Omittable<F extends Fields> = { [K in keyof F]: undefined extends WriteOf<F[K]> ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };
type StructRead<F extends Fields> = { [K in keyof F]: ReadOf<F[K]> };
type StructWrite<F extends Fields> = Flat<
  { [K in Exclude<keyof F, Omittable<F>>]: WriteOf<F[K]> } & { [K in Omittable<F>]?: WriteOf<F[K]> }
>;

export const int8: Type<number> = { read: (from) => from.int8(), write: (to, value) => to.int8(value) };
export const int16: Type<number> = { read: (from) => from.int16(), write: (to, value) => to.int16(value) };
export const int32: Type<number> = { read: (from) => from.int32(), write: (to, value) => to.int32(value) };
export const int64: Type<number> = { read: (from) => from.int64(), write: (to, value) => to.int64(value) };
export const boolean: Type<boolean> = {
  read: (from) => from.int8() !== 0,
  write: (to, value) => to.int8(value ? 1 : 0),
};

export const nullableString: Type<string | null> = {
  read: (from) => {
    const length = from.int16();
    return length === -1 ? null : from.take(length).toString('utf8');
  },
  write: (to, value) => {
    if (value === null) return to.int16(-1);
    const bytes = Buffer.from(value, 'utf8');
    to.int16(bytes.length);
    to.raw(bytes);
  },
};

export const string: Type<string> = required(nullableString, 'string');

/** Read as one view of the request, written from pieces, so that stored records are never joined to be sent. */
export const nullableRecords: Type<Buffer | null, Buffer[] | null> = {
  read: (from) => {
    const length = from.int32();
    return length === -1 ? null : from.take(length);
  },
  write: (to, pieces) => {
    to.int32(pieces === null ? -1 : pieces.reduce((size, piece) => size + piece.length, 0));
    for (const piece of pieces ?? []) to.raw(piece);
  },
};

export const bytes: Type<Buffer> = {
  read: (from) => from.take(from.int32()),
  write: (to, value) => nullableRecords.write(to, [value], 0),
};

export function nullableArray<Read, Write>(of: Type<Read, Write>): Type<Read[] | null, readonly Write[] | null> {
  return {
    read: (from, version) => {
      const length = from.int32();
      if (length === -1) return null;
      if (length < 0 || length > from.remaining) throw new MalformedRequest(`an array of ${length} elements`);
      return Array.from({ length }, () => of.read(from, version));
    },
    write: (to, values, version) => {
      to.int32(values === null ? -1 : values.length);
      for (const value of values ?? []) of.write(to, value, version);
    },
  };
}

export function array<Read, Write>(of: Type<Read, Write>): Type<Read[], readonly Write[]> {
  return required(nullableArray(of), 'array');
}

export function struct<F extends Fields>(fields: F): Type<StructRead<F>, StructWrite<F>> {
  const entries = Object.entries(fields);
  return {
    read: (from, version) => {
      const value: Record<string, unknown> = {};
      for (const [name, type] of entries) value[name] = type.read(from, version);
      return value as StructRead<F>;
    },
    write: (to, value, version) => {
      for (const [name, type] of entries) type.write(to, (value as Record<string, unknown>)[name], version);
    },
  };
}

/** A field of the versions `first` to `last`. Elsewhere it reads as `absent`, which is also written when it is left out. */
export function between<Read, Write>(
  [first, last]: readonly [number, number],
  type: Type<Read, Write>,
  absent: Read & Write,
): Type<Read, Write | undefined> {
  const applies = (version: number): boolean => version >= first && version <= last;
  return {
    read: (from, version) => (applies(version) ? type.read(from, version) : absent),
    write: (to, value, version) => {
      if (applies(version)) type.write(to, value === undefined ? absent : value, version);
    },
  };
}

export function since<Read, Write>(version: number, type: Type<Read, Write>, absent: Read & Write) {
  return between([version, Infinity], type, absent);
}

/** Every response has this field from some version on; nobody is ever throttled here. */
export const throttleTimeMs = (version: number) => since(version, int32, 0);

function required<Read, Write>(type: Type<Read, Write>, name: string): Type<NonNullable<Read>, NonNullable<Write>> {
  return {
    read: (from, version) => {
      const value = type.read(from, version);
      if (value === null || value === undefined) throw new MalformedRequest(`null where a ${name} is required`);
      return value;
    },
    write: (to, value, version) => type.write(to, value, version),
  };
}
