import { isSupportedCountry } from 'libphonenumber-js/min';
import { list, readEnvironment, variables } from 'sms-contracts';
import { z } from 'zod';

const apiKeys = list(z.string().regex(/^[^:]+:.{8,}$/, 'is no list of owner:secret'))
  .transform((pairs) => Object.fromEntries(pairs.map((pair) => pair.split(/:(.*)/s, 2) as [string, string])))
  .describe('the API clients and their secrets of 8 characters or more, such as shop:sEcReT-1,bank:sEcReT-2');

const environment = {
  PORT: variables.port().default(3000),
  HOST: variables.host(),
  KAFKA_BROKERS: variables.brokers(),
  DATABASE_URL: variables.url(/^postgres(ql)?$/, 'postgres://user:password@localhost:5432/sms'),
  DATABASE_CONNECTIONS: variables.count('connections to PostgreSQL').default(20),
  REDIS_URL: variables.url(/^rediss?$/, 'redis://localhost:6379'),
  API_KEYS: apiKeys,
  TEMPLATES_FILE: z.string().optional().describe('the path of a JSON file { "name": "text with {{variables}}" }'),
  SIGNATURE: z.string().max(70).default('').describe('what is put after every text, 70 characters at most'),
  COUNTRY: z
    .string()
    .refine(isSupportedCountry, 'is no known country')
    .optional()
    .describe('the country of numbers without a country code, such as FR; without it they are refused'),
  MAX_PARTS: variables.count('radio messages that one SMS may take', 255).default(32),
  PREPROCESSING_MS: variables.milliseconds('work that is simulated before the queue, for measurements').default(0),
  OPERATOR_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("the operator's URL; with it, POST /sms/synchronous sends without the queue, for comparison"),
  OPERATOR_KEY: variables.secret("the operator's API key").default('no-key-set'),
};

/** The token under which it is injected. */
export const GATEWAY_CONFIG = Symbol.for('sms-gateway:config');

export type GatewayConfig = ReturnType<typeof readGatewayConfig>;

/** @throws EnvironmentError */
export const readGatewayConfig = (env?: NodeJS.ProcessEnv) => readEnvironment(environment, env);
