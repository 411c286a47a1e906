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
} from '../wire/index.js';
import { api } from './define.js';

const NOTHING = Buffer.alloc(0);

const request = struct({
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: since(3, nullableString, null),
  assignments: array(struct({ memberId: string, assignment: bytes })),
});

const response = struct({ throttleTimeMs: throttleTimeMs(1), errorCode: int16, assignment: bytes });

export const syncGroup = api({
  name: 'SyncGroup',
  key: 14,
  versions: [0, 3],
  request,
  response,
  handle: ({ groupId, generationId, memberId, assignments }, { broker, fault }) => {
    const group = broker.groups.get(groupId);
    if (fault !== undefined || !group) {
      return { errorCode: fault ?? errors.UNKNOWN_MEMBER_ID, assignment: NOTHING };
    }
    return group.sync(
      memberId,
      generationId,
      new Map(assignments.map((one) => [one.memberId, Buffer.from(one.assignment)])),
    );
  },
});
