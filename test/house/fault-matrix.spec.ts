import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = [
  'test/real/faults',
  'test/integration/faults',
  'test/support/faults',
  'test/integration/nest',
  'test/real/redis',
  'test/real/typeorm',
  'test/support/typeorm',
];
const NUMBER = /[1-9]\d?/;
const PAGE = readFileSync('docs/fault-matrix.md', 'utf8');

const texts = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8')),
);

/** `1 crash-after-claim-before-effect`, `trap ask-first`: how titles of tests begin. */
function titled(kind: RegExp): string[] {
  const beginning = new RegExp(`['"\`](${kind.source} [a-z0-9-]+)[:,]`, 'g');
  return distinct(texts.flatMap((text) => [...text.matchAll(beginning)].map(([, title]) => title!)));
}

/** The same of the page, whose rows have a number (or `trap`) and one or more names. */
function listed(kind: RegExp): string[] {
  const rows = PAGE.matchAll(new RegExp(`^\\| (${kind.source}) \\| ([^|]+) \\|`, 'gm'));
  return distinct(
    [...rows].flatMap(([, number, names]) => [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => `${number} ${name}`)),
  );
}

function distinct(names: string[]): string[] {
  return [...new Set(names)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

describe('The fault matrix', () => {
  it('has a test for each scenario, 1 to 31', () => {
    const numbers = distinct(titled(NUMBER).map((title) => title.split(' ')[0]!));
    expect(numbers).toEqual(Array.from({ length: 31 }, (_, i) => String(i + 1)));
  });

  it('is listed in docs/fault-matrix.md as it is tested', () => {
    expect(listed(NUMBER)).toEqual(titled(NUMBER));
    expect(listed(/trap/)).toEqual(titled(/trap/));
  });
});
