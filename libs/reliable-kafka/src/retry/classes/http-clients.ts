import { codeOf, textOf } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { RETRIABLE } from './verdicts.js';

/** AbortError and TimeoutError are what an AbortSignal gives, FetchError is node-fetch's, RequestError got's. */
const NAMES = new Set<unknown>(['AbortError', 'TimeoutError', 'AxiosError', 'FetchError', 'RequestError']);
/** What fetch throws, whatever went wrong; the cause is inside. */
const FETCH = /^(fetch failed|terminated)$/;

/**
 * A call to somebody else's server did not come to its end: no backend of ours is down, whatever network error is inside. To have a partition wait for
 * that server, throw an InfrastructureError, and give a probe.
 */
export const httpClients: Recognise = (thrown) => {
  const isFetch = thrown.name === 'TypeError' && FETCH.test(textOf(thrown));
  return isFetch || NAMES.has(thrown.name) || codeOf(thrown).startsWith('UND_ERR_') ? RETRIABLE : undefined;
};
