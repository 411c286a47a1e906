import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { QueryRunner } from 'typeorm';
import { dialectOf } from '../../../libs/reliable-kafka/src/typeorm/dialects.js';
import { rowClock } from '../../../libs/reliable-kafka/src/typeorm/row-clock.js';
import type { DatabaseKind, TestDatabase } from '../databases.js';

/** A type of column, as TypeORM calls it, and as it is declared. */
type Column = readonly [type: string, declared?: string];

/** Every type of column that can hold the end of a lease. `zones` put two sessions into two time zones. */
export function describeRowClock(kind: DatabaseKind, zones: readonly string[], columns: readonly Column[]): void {
  describe(`the end of a lease on ${kind.name}`, () => {
    let database: TestDatabase;
    let dataSource: DataSource;
    let writer: QueryRunner;
    let reader: QueryRunner;

    beforeAll(async () => {
      database = await kind.make();
      dataSource = await new DataSource(database.options).initialize();
      [writer, reader] = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
      if (zones.length === 0) return;
      await writer.query(zones[0]!);
      await reader.query(zones[1]!);
    });
    afterAll(async () => {
      await writer.release();
      await reader.release();
      await dataSource.destroy();
      await database.end();
    });

    it.each(columns)(
      'is so many milliseconds from now in a column of %s, in whatever time zone',
      async (type, declared = type) => {
        const clock = rowClock(dialectOf(dataSource)!.name, type, 3)!;
        const table = `lease_${columns.findIndex(([one]) => one === type)}`;
        const place = [dataSource.driver.schema, table].filter(Boolean).join('.');
        await writer.query(`CREATE TABLE ${place} (ends ${declared})`);
        for (const ms of [60_000, 0, -60_000]) {
          await writer.query(`DELETE FROM ${place}`);
          await writer.query(`INSERT INTO ${place} VALUES (${clock.in(ms)})`);
          const read = `SELECT ${clock.until('ends')} AS remaining, ends <= ${clock.in(0)} AS lapsed FROM ${place}`;
          const [{ remaining, lapsed }] = await reader.query(read);
          expect(Number(remaining)).toBeLessThanOrEqual(ms + 1);
          expect(Number(remaining)).toBeGreaterThan(ms - 30_000);
          expect(Boolean(Number(lapsed))).toBe(ms <= 0);
        }
      },
    );
  });
}
