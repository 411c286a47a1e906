import { describe, expect, it } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { poolOf, poolSizeOf } from './pool-size.js';

const sized = (dialect: 'postgres' | 'mysql' | 'sqlite', options: object) =>
  poolSizeOf({ options: options as DataSourceOptions }, dialect);

describe('poolSizeOf', () => {
  it.each([
    { dialect: 'postgres' as const, options: {}, size: 10 },
    { dialect: 'postgres' as const, options: { poolSize: 3 }, size: 3 },
    { dialect: 'postgres' as const, options: { poolSize: 3, extra: { max: 5 } }, size: 5 },
    { dialect: 'mysql' as const, options: {}, size: 10 },
    { dialect: 'mysql' as const, options: { poolSize: 3 }, size: 3 },
    { dialect: 'mysql' as const, options: { poolSize: 3, extra: { connectionLimit: 5 } }, size: 5 },
    { dialect: 'mysql' as const, options: { poolSize: 3, replication: { master: { poolSize: 4 } } }, size: 4 },
    { dialect: 'sqlite' as const, options: {}, size: 1 },
  ])('$dialect $options: $size', ({ dialect, options, size }) => {
    expect(sized(dialect, options)).toBe(size);
  });
});

describe('poolOf', () => {
  it.each([
    { dialect: 'postgres' as const, options: {} },
    { dialect: 'postgres' as const, options: { poolSize: 3, extra: { max: 5 } } },
    { dialect: 'mysql' as const, options: { poolSize: 3, extra: { connectionLimit: 5 } } },
    { dialect: 'mysql' as const, options: { poolSize: 3, replication: { master: { poolSize: 4 }, slaves: [] } } },
  ])('makes it as large as asked for: $dialect $options', ({ dialect, options }) => {
    const made = poolOf(2, { options: options as unknown as DataSourceOptions }, dialect);
    expect(sized(dialect, { ...options, ...made })).toBe(2);
  });

  it('keeps what else the driver is told', () => {
    const options = { extra: { max: 5, keepAlive: true } } as DataSourceOptions;
    expect(poolOf(2, { options }, 'postgres')).toEqual({ poolSize: 2, extra: { max: 2, keepAlive: true } });
  });

  it('connects to the master only', () => {
    const replication = { master: { host: 'master' }, slaves: [{ host: 'slave' }] };
    const options = { type: 'mysql', url: 'mysql://elsewhere', replication } as unknown as DataSourceOptions;
    const made = { ...options, ...poolOf(2, { options }, 'mysql') };
    expect(made).toMatchObject({ host: 'master', replication: undefined, url: undefined });
  });
});
