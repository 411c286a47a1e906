import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/consumer.md',
  'docs/durability.md',
  'docs/failures.md',
  'docs/fault-matrix.md',
  'docs/health.md',
  'docs/idempotency.md',
  'docs/operating.md',
  'docs/outbox.md',
  'docs/producer.md',
  'docs/testing.md',
  'docs/sms-platform.md',
  'bench/README.md',
];

/** Links to files of the repository, as Markdown writes them. */
function linksOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
    join(dirname(page), link!),
  );
}

describe('The documents', () => {
  it.each(pages)('%s links to files that are there', (page) => {
    expect(linksOf(page).filter((link) => !existsSync(link))).toEqual([]);
  });

  it('show the quickstart as it is', () => {
    const [, source, shown] = /<!-- snippet: (\S+) -->\s+```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))!;
    expect(shown).toBe(readFileSync(source!, 'utf8'));
  });
});
