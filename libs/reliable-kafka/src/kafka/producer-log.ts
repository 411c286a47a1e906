import type { Log } from '../contracts/index.js';
import { CLOSED, ONE_LEADER_ONLY } from './producer-guard.js';

/** What kafkajs says about decisions of ours: that it may not repeat a request for ever, and that we stopped one, or began one early. */
const OURS = ['Limiting retries for the idempotent producer', ONE_LEADER_ONLY, CLOSED, 'another concurrent operation'];

export function quiet(log: Log): Log {
  return {
    log: (message) => log.log(message),
    error: (message) => log.error(message),
    debug: (message) => log.debug?.(message),
    warn: (message) => {
      if (!OURS.some((text) => message.includes(text))) log.warn(message);
    },
  };
}
