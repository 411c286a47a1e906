import { Script } from './script.js';

/**
 * The states of a key: absent, pending (until the lease ends), done (until the retention ends). Each transition is one script that compares the owner, and
 * that answers the same when it is sent again: a client sends again by itself when an answer was lost.
 */

/** ARGV: the pending value, the lease. 1 for the owner, who may have been told before; else the value that is there and how long it will be. */
export const CLAIM = new Script(`
local value = redis.call('get', KEYS[1])
if value and value ~= ARGV[1] then return {value, redis.call('pttl', KEYS[1])} end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`);

/** ARGV: the pending value, the lease. */
export const RENEW = new Script(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('pexpire', KEYS[1], ARGV[2])`);

/** ARGV: the pending value, the done value, the retention, what a done value of this owner begins with. */
export const COMPLETE = new Script(`
local value = redis.call('get', KEYS[1])
if value == ARGV[1] then
  redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
  return 1
end
if value and string.sub(value, 1, #ARGV[4]) == ARGV[4] then return 1 end
return 0`);

/** ARGV: the pending value. */
export const RELEASE = new Script(`
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`);
