import type { Dialect, Query } from '../dialect.js';

type Place = (value: unknown) => string;

/** A piece of SQL, with the values that are its parameters. */
export class Sql {
  constructor(readonly write: (place: Place) => string) {}
}

/** SQL as a template: its values become parameters, but for those that are SQL themselves. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  return new Sql((place) => strings.reduce((text, part, i) => text + placed(values[i - 1], place) + part));
}

/** A name, or an expression of a dialect. */
export function raw(text: string): Sql {
  return new Sql(() => text);
}

/** For `IN (…)`; and for the rows of an INSERT, when the values are lists themselves. */
export function list(values: readonly unknown[]): Sql {
  return new Sql((place) =>
    values
      .map((value) =>
        Array.isArray(value) ? `(${value.map((one) => placed(one, place)).join(', ')})` : placed(value, place),
      )
      .join(', '),
  );
}

/** Conditions of which one must hold. */
export function anyOf(conditions: readonly Sql[]): Sql {
  return new Sql((place) => conditions.map(({ write }) => `(${write(place)})`).join(' OR '));
}

export type Run = (statement: Sql) => ReturnType<Query>;

export function runOver(query: Query, { parameter }: Dialect): Run {
  return ({ write }) => {
    const parameters: unknown[] = [];
    const text = write((value) => parameter(parameters.push(value)));
    return query(text, parameters);
  };
}

function placed(value: unknown, place: Place): string {
  return value instanceof Sql ? value.write(place) : place(value);
}
