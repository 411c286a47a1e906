import type { DataSource, EntityManager, EntityTarget, FindOperator, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Dialect } from './dialect.js';
import type { RowId } from './row-id.js';

/** What a column is compared with or set to, by the entity's property. */
export type Compared = Record<string, string | number | bigint | FindOperator<unknown>>;
export type Written = Record<string, string | number | bigint | null | (() => string)>;

export interface RowTableParts {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  readonly entity: EntityTarget<ObjectLiteral>;
  readonly id: ColumnMetadata;
  /** What is read of a row, as the entity has it. */
  readonly columns?: readonly ColumnMetadata[];
  /** Whole numbers that are read of a row, as bigint: drivers round large ones. */
  readonly counters?: readonly ColumnMetadata[];
  /** More that is read of it, by name: SQL of the row `r`. */
  readonly sql?: Readonly<Record<string, string>>;
}

/**
 * Rows of an entity of the application, one at a time, through TypeORM's query builder: transformers, update dates and version columns go on
 * working as the application knows them.
 */
export class RowTable {
  constructor(private readonly parts: RowTableParts) {}

  /** One conditional UPDATE. False: no row has this id and fulfils the condition. */
  async update(manager: EntityManager, id: RowId, where: Compared, set: Written): Promise<boolean> {
    const { entity, id: column } = this.parts;
    const update = manager.createQueryBuilder().update(entity).set(set);
    const { affected } = await update.where({ ...where, [column.propertyName]: id }).execute();
    return affected === 1;
  }

  /** A row as it is now. */
  read(manager: EntityManager, id: RowId): Promise<ObjectLiteral | undefined> {
    return this.find(manager, id, false);
  }

  /** A row as it is and stays until the transaction ends. */
  readLocked(manager: EntityManager, id: RowId): Promise<ObjectLiteral | undefined> {
    // In SQLite a transaction that writes is the only one that does.
    return this.find(manager, id, this.parts.dialect.name !== 'sqlite');
  }

  /** Everything that is not given here the table fills by default. */
  async insert(manager: EntityManager, id: RowId, values: Written): Promise<void> {
    const { entity, id: column } = this.parts;
    const insert = manager.createQueryBuilder().insert().into(entity).updateEntity(false);
    await insert.values({ ...values, [column.propertyName]: id }).execute();
  }

  private async find(manager: EntityManager, id: RowId, locked: boolean): Promise<ObjectLiteral | undefined> {
    const { dataSource, dialect, entity, id: idColumn, columns = [], counters = [], sql = {} } = this.parts;
    const query = manager.createQueryBuilder(entity, 'r').withDeleted().select([]);
    for (const { propertyName } of columns) query.addSelect(`r.${propertyName}`, propertyName);
    for (const { propertyName } of counters)
      query.addSelect(`CAST(r.${propertyName} AS ${dialect.name === 'mysql' ? 'CHAR' : 'TEXT'})`, propertyName);
    for (const [name, expression] of Object.entries(sql)) query.addSelect(expression, name);
    if (locked) query.setLock('pessimistic_write');
    const row = await query.where({ [idColumn.propertyName]: id }).getRawOne<ObjectLiteral>();
    if (!row) return undefined;
    for (const column of columns)
      row[column.propertyName] = dataSource.driver.prepareHydratedValue(row[column.propertyName], column);
    for (const { propertyName } of counters)
      if (row[propertyName] !== null) row[propertyName] = BigInt(row[propertyName]);
    return row;
  }
}
