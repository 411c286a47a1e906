import type { DataSource, QueryRunner } from 'typeorm';

/** Lets the database do the next UPDATEs of a DataSource, and loses its answers. */
export function loseAnswers(dataSource: DataSource, count: number): void {
  const create = dataSource.createQueryRunner;
  let left = count;
  dataSource.createQueryRunner = (...mode) => {
    const runner = create.apply(dataSource, mode);
    const query = runner.query.bind(runner) as (sql: string, ...rest: unknown[]) => Promise<unknown>;
    runner.query = (async (sql: string, ...rest: unknown[]) => {
      const answer = await query(sql, ...rest);
      if (sql.startsWith('UPDATE') && left-- > 0) throw new Error('The connection was lost before the answer came');
      return answer;
    }) as QueryRunner['query'];
    return runner;
  };
}
