import type { Recognise } from './verdicts.js';
import { SOMETHING_DOWN } from './verdicts.js';

const CODES = new Set<unknown>([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

export function isNetworkCode(code: unknown): boolean {
  return CODES.has(code);
}

/** A connection that failed, and nothing says whose. */
export const network: Recognise = ({ code }) => (isNetworkCode(code) ? SOMETHING_DOWN : undefined);
