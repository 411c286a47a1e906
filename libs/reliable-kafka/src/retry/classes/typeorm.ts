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

/** What TypeORM says itself. Failures of statements are the driver's. */
export const typeorm: Recognise = (thrown) => {
  if (thrown.name === 'OptimisticLockVersionMismatchError') return CONFLICT;
  return NAMES.has(thrown.name) || TEXT.test(textOf(thrown)) ? DATABASE_DOWN : undefined;
};
