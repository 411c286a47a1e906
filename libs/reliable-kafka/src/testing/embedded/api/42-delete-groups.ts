import { array, int16, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const request = struct({ groupsNames: array(string) });

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  results: array(struct({ groupId: string, errorCode: int16 })),
});

export const deleteGroups = api({
  name: 'DeleteGroups',
  key: 42,
  versions: [0, 1],
  request,
  response,
  handle: ({ groupsNames }, { broker, fault }) => ({
    results: groupsNames.map((groupId) => ({ groupId, errorCode: fault ?? broker.groups.delete(groupId) })),
  }),
});
