import type { INestApplicationContext } from '@nestjs/common';
import { ReliableKafkaServer } from 'nestjs-reliable-kafka';
import type {
  AttemptResult,
  ConsumedRecord,
  HandlerBinding,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import type { Delivery } from './message.js';

/**
 * Runs attempts as the consumer does: in a place of the handler's capacity, and on the same record as long as it was not fetched anew, since guards
 * remember by it what an earlier attempt has come to.
 */
export class Attempts {
  private readonly records = new Map<number, ConsumedRecord>();

  constructor(private readonly app: INestApplicationContext) {}

  async run(delivery: Delivery): Promise<AttemptResult> {
    const server = this.app.get(ReliableKafkaServer);
    const handler = (await server.handlers()).find(({ topic }) => topic === delivery.subject)!;
    const record = this.recordOf(delivery);
    const payload = await server.decode(record);
    await place(handler);
    try {
      const { attempt } = delivery;
      const { signal } = new AbortController();
      return await handler.invoke({
        record,
        payload,
        attempt,
        orderingKey: undefined,
        behind: () => [],
        signal,
        isAborted: false,
      });
    } finally {
      handler.capacity?.release();
    }
  }

  private recordOf({ fetch, subject, message, headers, offset = 0, timestamp = 0 }: Delivery): ConsumedRecord {
    const record = this.records.get(fetch) ?? {
      topic: subject,
      partition: 0,
      offset: BigInt(offset),
      key: null,
      value: Buffer.from(JSON.stringify(message)),
      headers: headers ?? { 'message-id': message.id },
      timestamp: String(timestamp),
    };
    this.records.set(fetch, record);
    return record;
  }
}

function place({ capacity }: HandlerBinding): Promise<void> | undefined {
  if (!capacity) return undefined;
  return new Promise((resolve) => {
    const look = (): void => void (capacity.tryTake() ? resolve() : capacity.whenFree(look));
    look();
  });
}
