import { describe, expect, it } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { poolSizeOf } from './pool-size.js';

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
