import { z } from 'zod';

/** Environment variables that cannot be used: lists all of them, each with its remedy. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads the variables that `shape` names. Each needs a description, which is its remedy: it completes
 * the sentence "Set it to …". An empty variable counts as one that is not set.
 * @throws EnvironmentError
 */
export function readEnvironment<S extends z.ZodRawShape>(
  shape: S,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<S>> {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, environment[name] || undefined]));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    const what = given[name] === undefined ? 'is not set' : message;
    return `  - ${name}: ${what}. Set it to ${remedyOf(shape[name] as z.ZodType)}.`;
  });
  throw new EnvironmentError(`The environment is not complete:\n${lines.join('\n')}`);
}

/** A default or an `optional()` lies around the type that was described. */
function remedyOf(type: z.ZodType): string | undefined {
  const inner = type instanceof z.ZodDefault || type instanceof z.ZodOptional ? type.unwrap() : undefined;
  return type.description ?? (inner && remedyOf(inner as z.ZodType));
}

/** Variables that more than one service reads. */
export const variables = {
  port: () => z.coerce.number().int().min(0).max(65_535).describe('the TCP port to listen on, 0 for any free one'),
  host: () =>
    z.string().default('0.0.0.0').describe('the address to listen on, such as 127.0.0.1 for this machine only'),
  milliseconds: (what: string, max = 3_600_000) =>
    z.coerce.number().int().min(0).max(max).describe(`milliseconds, ${max} at most: ${what}`),
  count: (what: string, max = 100_000) =>
    z.coerce.number().int().min(1).max(max).describe(`a number from 1 to ${max}: ${what}`),
  share: (what: string) => z.coerce.number().min(0).max(1).describe(`a number from 0 to 1: ${what}`),
  url: (protocol: RegExp, example: string) => z.url({ protocol }).describe(`a URL such as ${example}`),
  secret: (what: string) => z.string().min(8).describe(`${what}, 8 characters or more`),
  brokers: () =>
    list(z.string().regex(/^[^\s:]+:\d+$/, 'is no list of host:port')).describe(
      'the Kafka brokers, such as localhost:9092,localhost:9093',
    ),
};

/** Values with commas between them, at least one. */
export function list<T extends z.ZodType<unknown, string>>(item: T) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));
}
