import { errors, int16, int64, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';
import { transactionObjection } from './shared.js';

const request = struct({ transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string });

const response = struct({ throttleTimeMs: throttleTimeMs(0), errorCode: int16 });

export const addOffsetsToTxn = api({
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: [0, 2],
  request,
  response,
  handle: (wanted, context) => {
    const errorCode = context.fault ?? transactionObjection(wanted, context);
    if (errorCode !== undefined) return { errorCode };
    context.broker.transactions.addGroup(wanted.transactionalId, wanted.groupId);
    return { errorCode: errors.NONE };
  },
});
