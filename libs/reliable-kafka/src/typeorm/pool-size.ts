import type { DataSource } from 'typeorm';
import type { DialectName } from './dialect.js';

/** Of `pg` and of `mysql2`. */
const DEFAULT = 10;

interface PoolOptions {
  readonly poolSize?: number;
  readonly replication?: { readonly master?: { readonly poolSize?: number } };
  readonly extra?: { readonly max?: number; readonly connectionLimit?: number };
}

/** How many connections the pool of a DataSource has, by its options and what its driver makes of them. */
export function poolSizeOf({ options }: Pick<DataSource, 'options'>, dialect: DialectName): number {
  const { poolSize, replication, extra } = options as PoolOptions;
  if (dialect === 'sqlite') return 1;
  if (dialect === 'postgres') return Number((extra?.max ?? poolSize) || DEFAULT);
  return Number(extra?.connectionLimit ?? replication?.master?.poolSize ?? poolSize ?? DEFAULT);
}

/** Options that make the pool of such a DataSource this large, whatever its own say. Of several servers it connects to the master only. */
export function poolOf(size: number, { options }: Pick<DataSource, 'options'>, dialect: DialectName): object {
  const { replication, extra } = options as PoolOptions;
  const limit = dialect === 'postgres' ? 'max' : 'connectionLimit';
  return {
    ...(replication && { url: undefined, ...replication.master, replication: undefined }),
    poolSize: size,
    extra: { ...extra, [limit]: size },
  };
}
