import { describe, expect, it } from '@jest/globals';
import { mariadbKind, realDatabases } from '../../support/databases.js';
import { describeVersionGuard } from '../../support/typeorm/describe-version-guard.js';
import { GuardGround } from '../../support/typeorm/guard-ground.js';
import { Account } from '../../support/typeorm/guarded-rows.js';

for (const kind of realDatabases) describeVersionGuard(kind);

/** MySQL counts the rows that an UPDATE has changed, or those that it has matched, as a client asks for it. mysql2 asks for the latter. */
const CHANGED = { flags: '-FOUND_ROWS' };

describeVersionGuard(mariadbKind, CHANGED);

describe('An UPDATE that changes nothing', () => {
  it.each([
    [{}, 1],
    [CHANGED, 0],
  ])('counts with %j as %i row', async (options, counted) => {
    const ground = await GuardGround.on(mariadbKind, [Account]);
    try {
      const { dataSource } = await ground.process(options);
      const accounts = dataSource.getRepository(Account);
      await accounts.insert({ id: 1, seq: 7 });
      expect((await accounts.update({ id: 1 }, { seq: 7 })).affected).toBe(counted);
    } finally {
      await ground.end();
    }
  });
});
