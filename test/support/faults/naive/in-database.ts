import { Call, CREATED, FINISHED, NaiveKey, UNDER_WAY } from '../entities.js';
import { DUPLICATE, inNaive, naiveGuard } from './naive-guard.js';

/** The handler failed: what its transaction has done is to go. */
class Undone extends Error {}

/** `INSERT IGNORE` into a text column: it cuts long keys, and takes those for one that the collation takes for one. */
export const insertIgnore = () =>
  naiveGuard('INSERT IGNORE', async (call, { key, dataSource }) =>
    dataSource().transaction(async (manager) => {
      const { raw } = await manager
        .createQueryBuilder()
        .insert()
        .into(NaiveKey)
        .values({ id: key })
        .orIgnore()
        .execute();
      if (raw.affectedRows === 0) return DUPLICATE;
      const { result } = await inNaive(manager, () => call.execute({}));
      if (result.kind !== 'handled') throw new Undone(JSON.stringify(result));
      return result;
    }),
  );

/** The claim is a row in a transaction, and the handler writes by a repository that is not part of it. */
export const repositoryOutside = () =>
  naiveGuard('repository outside the transaction', async (call, { key, dataSource }) =>
    dataSource().transaction(async (manager) => {
      if (await manager.existsBy(NaiveKey, { id: key })) return DUPLICATE;
      await manager.insert(NaiveKey, { id: key });
      const { result } = await inNaive(dataSource().manager, () => call.execute({}));
      if (result.kind !== 'handled') throw new Undone(JSON.stringify(result));
      return result;
    }),
  );

/** `UPDATE … SET status = 1 WHERE status = 0`, "0 rows: return", and then the call: the next attempt finds 1. */
export const zeroRowsReturn = () =>
  naiveGuard('0 rows: return', async (call, { dataSource }) => {
    const { id } = call.attempt.payload as { id: string };
    const { manager } = dataSource();
    const { affected } = await manager.update(Call, { id, status: CREATED }, { status: UNDER_WAY });
    if (affected === 0) return DUPLICATE;
    const { result } = await call.execute({});
    if (result.kind === 'handled') await manager.update(Call, { id }, { status: FINISHED });
    return result;
  });
