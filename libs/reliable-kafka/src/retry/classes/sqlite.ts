import { codeOf, textOf } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { CONFLICT, down, FATAL } from './verdicts.js';

const DATABASE_DOWN = down('database');
const CONFLICTS = /^SQLITE_(BUSY|LOCKED)/;
const REFUSES_DATA = /^SQLITE_(CONSTRAINT_(NOTNULL|DATATYPE)|MISMATCH|TOOBIG)$/;
/** A disk that is full or broken, a file that is away, damaged, or not to be written. */
const DOWN = /^SQLITE_(IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|PROTOCOL)/;

export const sqlite: Recognise = (thrown) => {
  const code = codeOf(thrown);
  if (CONFLICTS.test(code)) return CONFLICT;
  if (REFUSES_DATA.test(code)) return FATAL;
  return DOWN.test(code) || textOf(thrown).endsWith('connection is not open') ? DATABASE_DOWN : undefined;
};
