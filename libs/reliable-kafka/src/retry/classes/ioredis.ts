import { isThrown, textOf } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { down } from './verdicts.js';
import { isNetworkCode } from './network.js';

const REDIS_DOWN = down('redis');
const NAMES = new Set<unknown>(['MaxRetriesPerRequestError', 'ClusterAllFailedError']);
/** Answers of a server that is loading, full, a replica, cut off, busy with a script, or that does not let us in. */
const SERVER =
  /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|OOM|MISCONF|BUSY|NOAUTH|WRONGPASS|ERR max number of clients)\b/;
/** What ioredis says itself, in errors without a name or a code. */
const CLIENT = new RegExp(
  '^(Connection is closed|Command (timed out|aborted)|Stream isn.t writeable|Socket timeout|Cluster is(n.t ready| disconnect)' +
    '|None of startup nodes is available|All sentinels are unreachable|Too many Cluster redirections)',
);

export const ioredis: Recognise = (thrown) => {
  const { name, code, command } = thrown;
  const isDown =
    NAMES.has(name) ||
    (name === 'ReplyError' && SERVER.test(textOf(thrown))) ||
    CLIENT.test(textOf(thrown)) ||
    (isThrown(command) && isNetworkCode(code));
  return isDown ? REDIS_DOWN : undefined;
};
