import { errors, int16, int32, int64, nullableString, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';

const request = struct({ transactionalId: nullableString, transactionTimeoutMs: int32 });

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  errorCode: int16,
  producerId: int64,
  producerEpoch: int16,
});

export const initProducerId = api({
  name: 'InitProducerId',
  key: 22,
  versions: [0, 1],
  request,
  response,
  handle: ({ transactionalId, transactionTimeoutMs }, { broker, fault }) => {
    const result = fault ?? broker.transactions.initProducer(transactionalId, transactionTimeoutMs);
    return typeof result === 'number'
      ? { errorCode: result, producerId: -1, producerEpoch: -1 }
      : { errorCode: errors.NONE, ...result };
  },
});
