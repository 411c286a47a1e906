type KeyValue = string | number | bigint;
type Leaf =
  readonly unknown[] | ((...args: never[]) => unknown) | Date | Uint8Array | symbol | boolean | null | undefined;
type IsAny<T> = 0 extends 1 & T ? true : false;

/** Dotted paths through `T` that end at a string, a number or a bigint which is never absent: `'userId'`, `'user.id'`. */
export type Path<T> = IsAny<T> extends true ? string : PathWithin<T, []>;

type PathWithin<T, Depth extends unknown[]> = Depth['length'] extends 6
  ? never
  : { [K in keyof T & string]: Step<T[K], K, Depth> }[keyof T & string];

type Step<V, K extends string, Depth extends unknown[]> =
  IsAny<V> extends true
    ? K | `${K}.${string}`
    : [V] extends [KeyValue]
      ? K
      : [V] extends [Leaf]
        ? never
        : [V] extends [object]
          ? `${K}.${PathWithin<V, [...Depth, K]>}`
          : never;
