import { isThrown } from '../thrown.js';
import type { Thrown } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { FATAL } from './verdicts.js';

/**
 * Refusals of the request for what it is. All others speak of what is so now: who is allowed (401, 403), what is there (404, 409, 412), how busy it is
 * (408, 425, 429), and everything from 500 on.
 */
const REFUSES_THE_REQUEST = new Set([400, 405, 406, 410, 411, 413, 414, 415, 416, 417, 422, 431]);

/** Whatever carries an HTTP status: Nest's HTTP exceptions, errors of axios, got and the like, a Response that was thrown. */
export const httpStatus: Recognise = (thrown) =>
  REFUSES_THE_REQUEST.has(statusOf(thrown) as number) ? FATAL : undefined;

function statusOf({ status, statusCode, response }: Thrown): unknown {
  return status ?? statusCode ?? (isThrown(response) ? (response.status ?? response.statusCode) : undefined);
}
