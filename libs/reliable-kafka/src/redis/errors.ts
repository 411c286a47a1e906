import { InfrastructureError } from '../contracts/index.js';

/**
 * Redis did not do what it was asked: it is down, it hangs, or it refuses. Nobody knows whether the command arrived. No handler runs and no record is
 * acknowledged without its answer.
 */
export class RedisUnavailableError extends InfrastructureError {
  override readonly name = 'RedisUnavailableError';
  override readonly backend = 'redis';
}

/** Only the text of a client's error is passed on: the error itself carries the command, which may be an AUTH. */
export function unavailable(error: unknown): RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  return new RedisUnavailableError(`Redis: ${error instanceof Error ? error.message : String(error)}`);
}
