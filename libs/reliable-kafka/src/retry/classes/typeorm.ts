import { isNetworkCode } from './network.js';
import { textOf } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { CONFLICT, down } from './verdicts.js';

const DATABASE_DOWN = down('database');
const NAMES = new Set<unknown>([
  'CannotExecuteNotConnectedError',
  'CannotGetEntityManagerNotConnectedError',
  'ConnectionIsNotSetError',
]);
const TEXT = /^(Driver not Connected|Connection is not established)/;

/** What TypeORM says itself; failures of statements are the driver's, but for the name of what failed. */
export const typeorm: Recognise = (thrown) => {
  if (thrown.name === 'OptimisticLockVersionMismatchError') return CONFLICT;
  const isLost = thrown.name === 'QueryFailedError' && isNetworkCode(thrown.code);
  return isLost || NAMES.has(thrown.name) || TEXT.test(textOf(thrown)) ? DATABASE_DOWN : undefined;
};
