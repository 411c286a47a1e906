import { readEnvironment, variables } from 'sms-contracts';
import { z } from 'zod';

const numbers = (what: string) =>
  z
    .string()
    .default('')
    .transform((text) => new Set(text.split(',').filter(Boolean)))
    .describe(`numbers with commas between them: ${what}`);

const environment = {
  PORT: variables.port().default(3002),
  HOST: variables.host(),
  API_KEY: variables.secret('the key that callers must send'),
  WEBHOOK_URL: variables.url(/^https?$/, 'http://localhost:3001'),
  WEBHOOK_KEY: variables.secret('the key sent to the webhooks'),
  LATENCY_MS: variables.milliseconds('how long a message takes').default(100),
  FAILURE_RATE: variables.share('calls that fail, half of them after the message was accepted').default(0),
  UNDELIVERED_RATE: variables.share('accepted messages that do not reach the phone').default(0),
  REJECTED_NUMBERS: numbers('every message to them is refused'),
  STOP_NUMBERS: numbers('they answer STOP'),
};

export type ChannelConfig = ReturnType<typeof readChannelConfig>;

/** @throws EnvironmentError */
export const readChannelConfig = (env?: NodeJS.ProcessEnv) => readEnvironment(environment, env);

export const CHANNEL_CONFIG = Symbol.for('sms-channel:config');
