import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ConfigurationProblem } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';

/**
 * The columns of an entity that a guard works with, by the properties that its user named. Collects what is wrong with them: a column that
 * was found wanting is of no use, since `end` throws then.
 */
export class RowColumns {
  private readonly problems: ConfigurationProblem[] = [];
  private readonly metadata: EntityMetadata;

  /** `where` names class, method and guard. Throws `ConfigurationError` when the entity is none of the data source's. */
  constructor(
    private readonly dataSource: DataSource,
    entity: EntityTarget<ObjectLiteral>,
    private readonly where: string,
  ) {
    if (!dataSource.hasMetadata(entity)) {
      this.problem(
        `its entity ${typeof entity === 'function' ? entity.name : String(entity)} is not one of the data source`,
        'List it in the `entities` of the DataSource, or name the store of the DataSource that has it (`store`).',
      );
      this.end();
    }
    this.metadata = dataSource.getMetadata(entity);
  }

  get entity(): string {
    return this.metadata.name;
  }

  /** The one that says which row a record is about: the primary column, of which there must be one, or another one that is unique. */
  id(property: string | undefined): ColumnMetadata {
    if (property !== undefined) {
      const column = this.column('id', property);
      if (column && !this.isUnique(column))
        this.problem(
          `its id names ${this.entity}.${property}, which is not unique: one record would change several rows`,
          'Put @Index({ unique: true }) on it, or name a column that is unique.',
        );
      return column;
    }
    const { primaryColumns } = this.metadata;
    if (primaryColumns.length !== 1)
      this.problem(
        `${this.entity} has ${primaryColumns.length} primary columns, and its id could be either`,
        'Name a unique column: `id: { column, from }`.',
      );
    return primaryColumns[0]!;
  }

  /** One that the guard writes. */
  written(option: string, property: string): ColumnMetadata {
    const column = this.column(option, property);
    if (column && !column.isUpdate)
      this.problem(
        `its ${option} names ${this.entity}.${property}, which is never updated`,
        'Take `update: false` off the column.',
      );
    return column;
  }

  /** One that the guard counts in. */
  counter(option: string, property: string): ColumnMetadata {
    const column = this.written(option, property);
    if (column && !this.isInteger(column))
      this.problem(
        `its ${option} names ${this.entity}.${property}, which holds no whole numbers (${this.typeOf(column)})`,
        "Make it a column of 'integer' or 'bigint'.",
      );
    return column;
  }

  isInteger(column: ColumnMetadata): boolean {
    return /^(tiny|small|medium|big|unsigned big )?int(eger|2|4|8)?$/.test(this.typeOf(column).toLowerCase());
  }

  typeOf(column: ColumnMetadata): string {
    return this.dataSource.driver.normalizeType(column);
  }

  /** Columns that an INSERT of only these would leave without a value. */
  unfilled(filled: readonly ColumnMetadata[]): readonly string[] {
    return this.metadata.columns
      .filter((column) => !filled.includes(column) && !column.isNullable && !fillsItself(column))
      .map(({ propertyName }) => propertyName);
  }

  problem(what: string, remedy: string): void {
    this.problems.push({ where: this.where, what, remedy });
  }

  /** Throws `ConfigurationError` when there are problems. */
  end(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }

  private column(option: string, property: string): ColumnMetadata {
    const column = this.metadata.findColumnWithPropertyName(property);
    if (!column)
      this.problem(
        `its ${option} names '${property}', and ${this.entity} has no such column`,
        `Name a property of the entity: ${this.metadata.columns.map(({ propertyName }) => propertyName).join(', ')}.`,
      );
    return column!;
  }

  private isUnique(column: ColumnMetadata): boolean {
    const alone = (columns: readonly ColumnMetadata[]) => columns.length === 1 && columns[0] === column;
    const { primaryColumns, uniques, indices } = this.metadata;
    return (
      alone(primaryColumns) ||
      uniques.some(({ columns }) => alone(columns)) ||
      indices.some(({ columns, isUnique, where }) => isUnique && !where && alone(columns))
    );
  }
}

function fillsItself(column: ColumnMetadata): boolean {
  const { isGenerated, isCreateDate, isUpdateDate, isVersion, isDiscriminator, asExpression } = column;
  const isTold = column.default !== undefined && column.default !== null;
  return isTold || isGenerated || isCreateDate || isUpdateDate || isVersion || isDiscriminator || Boolean(asExpression);
}
