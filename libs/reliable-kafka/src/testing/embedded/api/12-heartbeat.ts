import { errors, int16, int32, nullableString, since, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString, null),
});

const response = struct({ throttleTimeMs: throttleTimeMs(1), errorCode: int16 });

export const heartbeat = api({
  name: 'Heartbeat',
  key: 12,
  versions: [0, 3],
  request,
  response,
  handle: ({ groupId, memberId, generationId }, { broker, fault }) => ({
    errorCode: fault ?? broker.groups.get(groupId)?.heartbeat(memberId, generationId) ?? errors.UNKNOWN_MEMBER_ID,
  }),
});
