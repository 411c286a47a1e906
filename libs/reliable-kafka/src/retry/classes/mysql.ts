import type { Thrown } from '../thrown.js';
import { codeOf, textOf } from '../thrown.js';
import { isNetworkCode } from './network.js';
import type { Classified } from '../../contracts/index.js';
import type { Recognise } from './verdicts.js';
import { CONFLICT, down, FATAL } from './verdicts.js';

const DATABASE_DOWN = down('database');
/** Lock wait timeout, deadlock, NOWAIT, and MariaDB's answer to a row that has changed since the snapshot. */
const CONFLICTS = new Set<unknown>([1205, 1213, 3572, 1020]);
/** Too large a statement, a null where none may be, data that is cut or does not fit. */
const REFUSES_DATA = new Set<unknown>([1153, 1048, 1364, 1265, 1366]);
/** Full, broken, out of connections, not letting us in, shutting down, ending the connection, and read-only. */
const DOWN = new Set<unknown>([
  1021, 1030, 1040, 1044, 1045, 1049, 1053, 1114, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1226, 1290, 1836,
  1927, 4031,
]);
/** What mysql2 says itself. */
const CLIENT = /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|POOL_CLOSED|HANDSHAKE_|AUTH_SWITCH_)/;

/** MySQL and MariaDB. */
export const mysql: Recognise = (thrown) => (isFromServer(thrown) ? byNumber(thrown) : byClient(thrown));

function isFromServer({ errno, sqlState }: Thrown): boolean {
  return typeof errno === 'number' && typeof sqlState === 'string';
}

function byNumber({ errno, sqlState }: Thrown): Classified | undefined {
  if (CONFLICTS.has(errno)) return CONFLICT;
  if (REFUSES_DATA.has(errno) || String(sqlState).startsWith('22')) return FATAL;
  return DOWN.has(errno) || String(sqlState).startsWith('08') ? DATABASE_DOWN : undefined;
}

/** mysql2 marks as `fatal` what ends its connection. */
function byClient(thrown: Thrown): Classified | undefined {
  const isDown =
    CLIENT.test(codeOf(thrown)) ||
    (thrown.fatal === true && isNetworkCode(thrown.code)) ||
    textOf(thrown).includes('connection is in closed state');
  return isDown ? DATABASE_DOWN : undefined;
}
