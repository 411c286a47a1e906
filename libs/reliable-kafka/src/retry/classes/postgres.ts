import { codeOf, textOf } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { CONFLICT, down, FATAL } from './verdicts.js';

const DATABASE_DOWN = down('database');
/** Serialization failure, deadlock, a lock that was not free. */
const CONFLICTS = /^(40001|40P01|55P03)$/;
/** Data exceptions, a null where none may be, a limit of the program. Not other constraints: what they compare with changes. */
const REFUSES_DATA = /^(22...|23502|54...)$/;
/** Connection, authorization, no such database, resources, shutdown and start-up, system errors; and a server that has become a replica. */
const DOWN = /^(08...|28...|3D000|53...|57P0[1-5]|58...|25006)$/;
/** What pg says itself, in errors without a code. */
const CLIENT =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout)|is not queryable$/;

export const postgres: Recognise = (thrown) => {
  const code = codeOf(thrown);
  if (CONFLICTS.test(code)) return CONFLICT;
  if (REFUSES_DATA.test(code)) return FATAL;
  return DOWN.test(code) || CLIENT.test(textOf(thrown)) ? DATABASE_DOWN : undefined;
};
