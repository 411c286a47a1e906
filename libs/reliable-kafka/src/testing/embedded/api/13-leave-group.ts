import { array, between, errors, int16, nullableString, since, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const OLDEST_WITH_MANY = 3;

const request = struct({
  groupId: string,
  memberId: between([0, OLDEST_WITH_MANY - 1], string, ''),
  members: since(OLDEST_WITH_MANY, array(struct({ memberId: string, groupInstanceId: nullableString })), []),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(1),
  errorCode: int16,
  members: since(
    OLDEST_WITH_MANY,
    array(struct({ memberId: string, groupInstanceId: nullableString, errorCode: int16 })),
    [],
  ),
});

export const leaveGroup = api({
  name: 'LeaveGroup',
  key: 13,
  versions: [0, 3],
  request,
  response,
  handle: ({ groupId, memberId, members }, { broker, version, fault }) => {
    if (fault !== undefined) return { errorCode: fault };
    const leave = (member: string) => broker.groups.get(groupId)?.leave(member) ?? errors.UNKNOWN_MEMBER_ID;
    if (version < OLDEST_WITH_MANY) return { errorCode: leave(memberId) };
    return {
      errorCode: errors.NONE,
      members: members.map((member) => ({ ...member, errorCode: leave(member.memberId) })),
    };
  },
});
