import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './npm.js';

const root = join(import.meta.dirname, '../..');
const parts = ['libs/reliable-kafka', 'tsconfig.base.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];
const made = new Set(['dist', 'node_modules']);

export interface Tarball {
  readonly path: string;
  /** What is in it, relative to the package's folder. */
  readonly files: readonly string[];
}

/**
 * `npm pack` of the library as it is published, from a copy without its build: other tests use the one in the tree meanwhile,
 * and what a tarball holds must not depend on what was built before.
 */
export async function packLibrary(workshop: string): Promise<Tarball> {
  const copy = join(workshop, 'repository');
  await mkdir(copy);
  for (const part of parts) {
    await cp(join(root, part), join(copy, part), { recursive: true, filter: (path) => !made.has(basename(path)) });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const output = await run(join(copy, 'libs/reliable-kafka'), 'npm', 'pack', '--json', '--pack-destination', workshop);
  // What the package's own scripts print comes before the answer.
  const answer = JSON.parse(output.slice(output.search(/^[[{]$/m)));
  const [{ filename, files }] = Object.values<{ filename: string; files: { path: string }[] }>(answer);
  return { path: join(workshop, filename), files: files.map(({ path }) => path) };
}
