import type { ConfigurationProblem } from '../contracts/index.js';

export interface Wrong {
  readonly what: string;
  readonly remedy: string;
}

/** What the compiler did not see of the options that guards have in common. */
export function keyProblems(options: {
  readonly key?: unknown;
  readonly consumer?: unknown;
  readonly retention?: unknown;
  readonly fingerprint?: unknown;
  readonly reply?: unknown;
  readonly store?: unknown;
}): Wrong[] {
  const { key, consumer, retention, fingerprint, reply, store } = options;
  const problems: Wrong[] = [];
  if (key !== undefined && typeof key !== 'function' && !isPath(key))
    problems.push({ what: `its key is ${shown(key)}`, remedy: "Give a payload path ('order.id') or a function." });
  if (consumer !== undefined && !isName(consumer))
    problems.push({ what: `its consumer is ${shown(consumer)}`, remedy: 'Give a name of 1 to 200 characters.' });
  if (!isMs(retention))
    problems.push({
      what: `its retention is ${shown(retention)}`,
      remedy: 'Give a number of milliseconds of at least 1.',
    });
  if (fingerprint !== undefined && key === undefined)
    problems.push({
      what: 'it has a fingerprint, but no key of its own',
      remedy: 'Give `key`, or leave out `fingerprint`.',
    });
  if (fingerprint !== undefined && typeof fingerprint !== 'function' && !isList(fingerprint))
    problems.push({
      what: `its fingerprint is ${shown(fingerprint)}`,
      remedy: 'Give a list of payload paths, or a function.',
    });
  if (reply !== undefined && reply !== 'replay' && reply !== 'error')
    problems.push({ what: `its reply is ${shown(reply)}`, remedy: "Give 'replay' or 'error'." });
  if (store !== undefined && !isName(store))
    problems.push({ what: `its store is ${shown(store)}`, remedy: 'Give the name of a store.' });
  return problems;
}

/** Options that are misspelt. */
export function unknownOptions(options: object, known: readonly string[]): Wrong[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => ({ what: `there is no option '${name}'`, remedy: `Known here: ${known.join(', ')}.` }));
}

export function noStore(label: string, guard: string, name: string | undefined, example: string): ConfigurationProblem {
  return {
    where: `${label} @Idempotent(${guard})`,
    what: name === undefined ? 'there is no store for it' : `there is no store for it that is named '${name}'`,
    remedy: `Add ${example} to \`idempotency\` in the options of the module.`,
  };
}

export function isMs(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1;
}

export function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 200;
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isPath);
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && !value.split('.').includes('');
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
