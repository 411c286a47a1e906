import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { DatabaseKind } from '../databases.js';

const [PROGRAM, TSCONFIG] = ['cls-application.ts', 'tsconfig.json'].map((name) =>
  fileURLToPath(new URL(`../../extras/${name}`, import.meta.url)),
) as [string, string];

/** `@nestjs-cls/transactional` beside ours: what it injects is the claim's manager. */
export function describeCls(kind: DatabaseKind): void {
  describe(`@nestjs-cls/transactional on ${kind.name}`, () => {
    it('is found; what it injects joins the claim, nests in it, is rolled back with it, and cannot leave it', async () => {
      const database = await kind.make();
      const options = JSON.stringify(database.options, (name, value) => (name === 'driver' ? undefined : value));
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx/esm', PROGRAM, options], {
        env: { ...process.env, TSX_TSCONFIG_PATH: TSCONFIG, NODE_OPTIONS: '' },
      });
      expect(JSON.parse(stdout)).toEqual({
        first: 'handled',
        managers: 1,
        again: 'duplicate',
        failing: 'failed: Error',
        apart: 'failed: OutsideTransactionError',
        written: ['four apart', 'four joined', 'one joined', 'one plain'],
      });
      await database.end();
    });
  });
}
