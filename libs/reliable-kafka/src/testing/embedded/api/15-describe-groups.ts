import {
  array,
  boolean,
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
import type { Group } from '../groups/index.js';
import { api } from './define.js';
import { OPERATIONS_NOT_ASKED } from './shared.js';

const NOTHING = Buffer.alloc(0);
const NO_GROUP = { groupState: 'Dead', protocolType: '', protocolData: '', members: [] };

const request = struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean, false) });

const response = struct({
  throttleTimeMs: throttleTimeMs(1),
  groups: array(
    struct({
      errorCode: int16,
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array(
        struct({
          memberId: string,
          groupInstanceId: since(4, nullableString, null),
          clientId: string,
          clientHost: string,
          memberMetadata: bytes,
          memberAssignment: bytes,
        }),
      ),
      authorizedOperations: since(3, int32, OPERATIONS_NOT_ASKED),
    }),
  ),
});

/** A group that does not exist is described as dead, without an error. */
export const describeGroups = api({
  name: 'DescribeGroups',
  key: 15,
  versions: [0, 4],
  request,
  response,
  handle: ({ groups }, { broker, fault }) => ({
    groups: groups.map((groupId) => {
      if (fault !== undefined) return { errorCode: fault, groupId, ...NO_GROUP, groupState: '' };
      const group = broker.groups.get(groupId);
      return { errorCode: errors.NONE, groupId, ...(group ? describe(group) : NO_GROUP) };
    }),
  }),
});

/** Strategy, metadata and assignments are told only while they are settled. */
function describe(group: Group) {
  const settled = group.state === 'Stable';
  return {
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: settled ? group.protocol : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: settled ? member.metadata(group.protocol) : NOTHING,
      memberAssignment: settled ? member.assignment : NOTHING,
    })),
  };
}
