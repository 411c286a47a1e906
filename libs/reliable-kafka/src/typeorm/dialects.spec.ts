import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { mysql } from './mysql.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';

/** As a driver throws it, and as TypeORM passes it on. */
const thrown = (fields: object) => new QueryFailedError('SQL', [], Object.assign(new Error('of the driver'), fields));

const KINDS = ['isDuplicateKey', 'isConflict', 'isConnectionLost', 'endsTransaction'] as const;

describe.each([
  { dialect: postgres, fields: { code: '23505' }, is: ['isDuplicateKey'] },
  { dialect: postgres, fields: { code: '40001' }, is: ['isConflict'] },
  { dialect: postgres, fields: { code: '40P01' }, is: ['isConflict'] },
  { dialect: postgres, fields: { code: '55P03' }, is: ['isConflict'] },
  { dialect: postgres, fields: { code: '08006' }, is: ['isConnectionLost'] },
  { dialect: postgres, fields: { code: '57P01' }, is: ['isConnectionLost'] },
  { dialect: postgres, fields: { code: '25P03' }, is: ['isConnectionLost'] },
  { dialect: postgres, fields: { code: 'ECONNRESET' }, is: ['isConnectionLost'] },
  { dialect: postgres, fields: { message: 'Connection terminated unexpectedly' }, is: ['isConnectionLost'] },
  { dialect: postgres, fields: { code: '23514' }, is: [] },
  { dialect: mysql, fields: { errno: 1062 }, is: ['isDuplicateKey'] },
  { dialect: mysql, fields: { errno: 1213 }, is: ['isConflict', 'endsTransaction'] },
  { dialect: mysql, fields: { errno: 1205 }, is: ['isConflict', 'endsTransaction'] },
  { dialect: mysql, fields: { errno: 1020 }, is: ['isConflict', 'endsTransaction'] },
  { dialect: mysql, fields: { code: 'PROTOCOL_CONNECTION_LOST' }, is: ['isConnectionLost'] },
  { dialect: mysql, fields: { errno: 1040 }, is: ['isConnectionLost'] },
  { dialect: mysql, fields: { errno: 1146 }, is: [] },
  { dialect: sqlite, fields: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }, is: ['isDuplicateKey'] },
  { dialect: sqlite, fields: { code: 'SQLITE_CONSTRAINT_UNIQUE' }, is: ['isDuplicateKey'] },
  { dialect: sqlite, fields: { code: 'SQLITE_CONSTRAINT_CHECK' }, is: [] },
  { dialect: sqlite, fields: { code: 'SQLITE_BUSY' }, is: ['isConflict'] },
  { dialect: sqlite, fields: { code: 'SQLITE_BUSY_SNAPSHOT' }, is: ['isConflict'] },
])('$dialect.name: $fields', ({ dialect, fields, is }) => {
  it(`is ${is.join(' and ') || 'any other error'}`, () => {
    expect(KINDS.filter((kind) => dialect[kind](thrown(fields)))).toEqual(is);
  });
});

describe.each([postgres, mysql, sqlite])('$name', (dialect) => {
  it('no error of a driver is told from anything else that is thrown', () => {
    for (const anything of [undefined, null, 'text', new Error('of the handler'), 7])
      expect(KINDS.filter((kind) => dialect[kind](anything))).toEqual([]);
  });

  it('quotes what is in a name', () => {
    const quoted = dialect.quote('a"b`c');
    expect(quoted).toBe(dialect.name === 'mysql' ? '`a"b``c`' : '"a""b`c"');
  });
});
