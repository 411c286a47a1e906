/** The tarball carries the repository's README, LICENSE and CHANGELOG: `bring` copies them here before packing, `remove` takes them away. */
import { copyFileSync, rmSync } from 'node:fs';

const [task] = process.argv.slice(2);
for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md']) {
  const here = new URL(`../${name}`, import.meta.url);
  if (task === 'bring') copyFileSync(new URL(`../../../${name}`, import.meta.url), here);
  else rmSync(here, { force: true });
}
