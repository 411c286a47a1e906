import { array, errors, int16, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const request = struct({});

const response = struct({
  throttleTimeMs: throttleTimeMs(1),
  errorCode: int16,
  groups: array(struct({ groupId: string, protocolType: string })),
});

export const listGroups = api({
  name: 'ListGroups',
  key: 16,
  versions: [0, 2],
  request,
  response,
  handle: (_, { broker, fault }) => ({
    errorCode: fault ?? errors.NONE,
    groups:
      fault === undefined ? broker.groups.all().map(({ id, protocolType }) => ({ groupId: id, protocolType })) : [],
  }),
});
