import { errors, int16, int32, int8, nullableString, since, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const GROUP = 0;
const TRANSACTION = 1;

const request = struct({ key: string, keyType: since(1, int8, GROUP) });

const response = struct({
  throttleTimeMs: throttleTimeMs(1),
  errorCode: int16,
  errorMessage: since(1, nullableString, null),
  nodeId: int32,
  host: string,
  port: int32,
});

export const findCoordinator = api({
  name: 'FindCoordinator',
  key: 10,
  versions: [0, 2],
  request,
  response,
  handle: ({ keyType }, { broker, fault }) => {
    const unknown = keyType === GROUP || keyType === TRANSACTION ? undefined : errors.INVALID_REQUEST;
    const errorCode = fault ?? unknown;
    return errorCode === undefined
      ? { errorCode: errors.NONE, nodeId: broker.nodeId, host: broker.host, port: broker.port }
      : { errorCode, nodeId: -1, host: '', port: -1 };
  },
});
