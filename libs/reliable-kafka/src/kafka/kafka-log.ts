import type { KafkaConfig, LogEntry } from 'kafkajs';
import { logLevel } from 'kafkajs';
import type { Log } from '../contracts/index.js';

/**
 * Leads kafkajs's messages into our log when the user gave no `logCreator`. kafkajs calls everything an error that it then retries (a
 * rebalance, a coordinator that is still loading), so its errors arrive as warnings: what matters is told by events of our own.
 */
export function withLog(client: KafkaConfig, log: Log): KafkaConfig {
  if (client.logCreator) return client;
  return { logLevel: logLevel.WARN, ...client, logCreator: () => (entry) => write(log, entry) };
}

function write(log: Log, { namespace, level, log: { message, error, broker } }: LogEntry): void {
  const details = [broker && `broker ${broker}`, error && String(error)].filter(Boolean).join(', ');
  const line = `kafkajs ${namespace}: ${message}${details && ` (${details})`}`;
  if (level <= logLevel.WARN) log.warn(line);
  else log.debug?.(line);
}
