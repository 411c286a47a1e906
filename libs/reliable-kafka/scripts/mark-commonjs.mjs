/** The package is ESM; what lies in dist/cjs is not, and Node and TypeScript read that from the nearest package.json. */
import { writeFileSync } from 'node:fs';

writeFileSync(new URL('../dist/cjs/package.json', import.meta.url), '{ "type": "commonjs" }\n');
