import {
  array,
  bytes,
  errors,
  int16,
  int32,
  nullableString,
  since,
  string,
  struct,
  throttleTimeMs,
  type ErrorCode,
} from '../wire/index.js';
import { api, type Context } from './define.js';

const OLDEST_THAT_ASKS_TWICE = 4;
const LONGEST_SESSION_MS = 1_800_000;
const AS_SESSION = -1;

const request = struct({
  groupId: string,
  sessionTimeoutMs: int32,
  rebalanceTimeoutMs: since(1, int32, AS_SESSION),
  memberId: string,
  groupInstanceId: since(5, nullableString, null),
  protocolType: string,
  protocols: array(struct({ name: string, metadata: bytes })),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(2),
  errorCode: int16,
  generationId: int32,
  protocolName: string,
  leader: string,
  memberId: string,
  members: array(struct({ memberId: string, groupInstanceId: since(5, nullableString, null), metadata: bytes })),
});

/** Static membership (a group instance id) is not known here: such a member is an ordinary one. */
export const joinGroup = api({
  name: 'JoinGroup',
  key: 11,
  versions: [0, 5],
  request,
  response,
  handle: ({ groupId, ...join }, context) => {
    const { broker, clientId, clientHost, version } = context;
    const errorCode = context.fault ?? objection(context, groupId, join);
    if (errorCode !== undefined) {
      return { errorCode, generationId: -1, protocolName: '', leader: '', memberId: join.memberId, members: [] };
    }
    const rebalanceTimeoutMs = join.rebalanceTimeoutMs === AS_SESSION ? join.sessionTimeoutMs : join.rebalanceTimeoutMs;
    return broker.groups
      .getOrCreate(groupId)
      .join({ ...join, rebalanceTimeoutMs, clientId, clientHost }, version >= OLDEST_THAT_ASKS_TWICE);
  },
});

function objection(
  { broker }: Context,
  groupId: string,
  { sessionTimeoutMs, memberId }: { sessionTimeoutMs: number; memberId: string },
): ErrorCode | undefined {
  if (groupId === '') return errors.INVALID_GROUP_ID;
  if (sessionTimeoutMs < broker.settings.minSessionTimeoutMs || sessionTimeoutMs > LONGEST_SESSION_MS) {
    return errors.INVALID_SESSION_TIMEOUT;
  }
  return memberId !== '' && !broker.groups.get(groupId) ? errors.UNKNOWN_MEMBER_ID : undefined;
}
