import type { ConfigurationProblem, ConsumedRecord } from '../contracts/index.js';
import type { GuardKeySelector } from '../idempotency/index.js';
import { valueAt } from '../contracts/index.js';

/** A column of an entity, and where a record says what it is compared with. */
export interface ColumnFrom<E> {
  /** The entity's property. */
  readonly column: PropertyOf<E>;
  /** A payload path, or a function: pure, synchronous, on the value after the deserializer and before pipes. */
  readonly from: GuardKeySelector;
}

export type PropertyOf<E> = Extract<keyof E, string>;

/** What a selector finds, whatever it is. */
export function selected(from: GuardKeySelector, payload: unknown, record: ConsumedRecord): unknown {
  return typeof from === 'string' ? valueAt(payload, from.split('.')) : from(payload, record);
}

/** A selector as errors name it. */
export function nameOf(from: GuardKeySelector): string {
  return typeof from === 'string' ? `'${from}'` : from.name || 'function';
}

export function sourceOf(given: GuardKeySelector | ColumnFrom<any>): { column?: string; from: GuardKeySelector } {
  return typeof given === 'object' ? given : { from: given };
}

/** What the compiler did not see of an option that is a selector, or `{ column, from }`. */
export function selectorProblems(option: string, given: unknown): Omit<ConfigurationProblem, 'where'>[] {
  const { column = 'any', from } = (isObject(given) ? given : { from: given }) as Partial<ColumnFrom<{ any: 1 }>>;
  if (typeof column === 'string' && column && isSelector(from)) return [];
  return [
    {
      what: `its ${option} is ${isObject(given) ? JSON.stringify(given) : String(given)}`,
      remedy:
        "Give a payload path ('order.id'), a function, or { column: 'a property of the entity', from: 'a path or function' }.",
    },
  ];
}

function isSelector(from: unknown): boolean {
  return typeof from === 'function' || (typeof from === 'string' && !from.split('.').includes(''));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
