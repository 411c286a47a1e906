import { boolean, int16, int64, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';
import { transactionObjection } from './shared.js';

const request = struct({ transactionalId: string, producerId: int64, producerEpoch: int16, committed: boolean });

const response = struct({ throttleTimeMs: throttleTimeMs(0), errorCode: int16 });

export const endTxn = api({
  name: 'EndTxn',
  key: 26,
  versions: [0, 2],
  request,
  response,
  handle: (wanted, context) => ({
    errorCode:
      context.fault ??
      transactionObjection(wanted, context) ??
      context.broker.transactions.end(wanted.transactionalId, wanted.committed),
  }),
});
