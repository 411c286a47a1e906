import { Kafka } from 'kafkajs';
import type { Log, RuntimeOptions } from '../contracts/index.js';
import { AdminLink, type Asks } from './admin-link.js';
import { withoutAnswers } from './admin-log.js';
import { withLog } from './kafka-log.js';

export interface AdminOptions extends Pick<RuntimeOptions, 'client'> {
  readonly log: Log;
}

/** Connections for one piece of work, closed after it. */
export async function withAdmin<T>({ client, log }: AdminOptions, work: (admin: Asks) => Promise<T>): Promise<T> {
  const admin = new AdminLink(new Kafka(withLog(client, withoutAnswers(log))), () => undefined);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
