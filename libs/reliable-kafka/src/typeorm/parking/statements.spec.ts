import { describe, expect, it } from '@jest/globals';
import type { Query } from '../dialect.js';
import { mysql } from '../mysql.js';
import { postgres } from '../postgres.js';
import { anyOf, list, raw, runOver, sql } from './statements.js';

describe('SQL in a template', () => {
  const sent: unknown[] = [];
  const query: Query = async (text, parameters) => {
    sent.splice(0, sent.length, text, parameters);
    return { records: [] };
  };
  const [run, runMysql] = [runOver(query, postgres), runOver(query, mysql)];

  it('has its values as parameters, in their order, and names as they are', async () => {
    await run(sql`UPDATE ${raw('"t"')} SET a = ${1} WHERE b = ${'x'}`);
    expect(sent).toEqual(['UPDATE "t" SET a = $1 WHERE b = $2', [1, 'x']]);
    await runMysql(sql`UPDATE ${raw('t')} SET a = ${1} WHERE b = ${'x'}`);
    expect(sent).toEqual(['UPDATE t SET a = ? WHERE b = ?', [1, 'x']]);
  });

  it('counts on through lists, rows and what it is made of', async () => {
    await run(sql`SELECT ${'a'} WHERE b IN (${list([1, 2])}) AND ${sql`c = ${3}`} AND d = ${4}`);
    expect(sent).toEqual(['SELECT $1 WHERE b IN ($2, $3) AND c = $4 AND d = $5', ['a', 1, 2, 3, 4]]);
    await run(
      sql`INSERT INTO t VALUES ${list([
        [1, raw('now()')],
        [2, null],
      ])}`,
    );
    expect(sent).toEqual(['INSERT INTO t VALUES ($1, now()), ($2, $3)', [1, 2, null]]);
    await run(sql`SELECT 1 WHERE ${anyOf([sql`a = ${1}`, sql`a = ${2} AND b = ${3}`])}`);
    expect(sent).toEqual(['SELECT 1 WHERE (a = $1) OR (a = $2 AND b = $3)', [1, 2, 3]]);
  });

  it('takes no value for SQL, whatever it says', async () => {
    await run(sql`SELECT ${'"; DROP TABLE t'}`);
    expect(sent).toEqual(['SELECT $1', ['"; DROP TABLE t']]);
  });
});
