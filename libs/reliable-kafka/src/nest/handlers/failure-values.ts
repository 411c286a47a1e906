import type { Wrong } from './policy-values.js';

type Check = (value: unknown) => string | undefined;
/** What it is, when it is not what it must be. */
const not =
  (isRight: (value: any) => boolean): Check =>
  (value) =>
    isRight(value) ? undefined : shown(value);

const LONGEST = 2 ** 31 - 1;
const count = not((value) => Number.isInteger(value) && value >= 1);
const milliseconds = not((value) => Number.isFinite(value) && value >= 1 && value <= LONGEST);
const aFunction = not((value) => typeof value === 'function');
const aList = not(Array.isArray);
const aBoolean = not((value) => typeof value === 'boolean');
/** Kafka's own rule. */
const aTopic = not(
  (value) => typeof value === 'string' && /^[\w.-]{1,249}$/.test(value) && value !== '.' && value !== '..',
);

const COUNT = [count, 'Give a whole number of at least 1.'] as const;
const BACKOFF = [aFunction, 'Give exponential(…), fixed(…), or a function of the attempt number.'] as const;
const MATCHERS = [aList, 'Give a list of error classes, names, codes and functions.'] as const;

const RETRY = {
  attempts: COUNT,
  backoff: BACKOFF,
  timeout: [milliseconds, `Give a number of milliseconds from 1 to ${LONGEST}.`],
  fatal: MATCHERS,
  retriable: MATCHERS,
  infrastructure: MATCHERS,
} as const;
const DEAD_LETTER = {
  topic: [aTopic, 'Give the name of a topic: letters, digits, dots, dashes and underscores.'],
  hold: [aBoolean, 'Give true or false.'],
} as const;
const PARK = { backoff: BACKOFF, rounds: COUNT, maxPerKey: COUNT } as const;

export const wrongRetry = (policy: unknown) => wrong(policy, RETRY);
export const wrongPark = (policy: unknown) => wrong(policy, PARK);
export const wrongDeadLetter = (policy: unknown) =>
  wrong(policy !== null && typeof policy === 'object' ? { topic: null, ...policy } : policy, DEAD_LETTER);

/** Absent properties are fine; unknown ones are misspelt. */
function wrong(policy: unknown, known: Readonly<Record<string, readonly [Check, string]>>): readonly Wrong[] {
  const names = Object.keys(known).join(', ');
  if (typeof policy !== 'object' || policy === null)
    return [{ what: `it is ${shown(policy)}`, remedy: `Give an object with some of ${names}.` }];
  return Object.entries(policy).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const check = known[name];
    if (!check) return [{ what: `it has an unknown '${name}'`, remedy: `Known here: ${names}.` }];
    const found = check[0](value);
    return found === undefined ? [] : [{ what: `\`${name}\` is ${found}`, remedy: check[1] }];
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
