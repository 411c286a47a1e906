import { HttpException } from '@nestjs/common';
import { KafkaRetriableException, RpcException } from '@nestjs/microservices';

/** What Nest's filters make of a guard that answered `false`. */
const FORBIDDEN = 'Forbidden resource';

/** Whether a guard's error says no. Anything else (its database is down, say) may be different next time. */
export function isDenial(error: unknown): boolean {
  if (error instanceof KafkaRetriableException) return false;
  if (error instanceof HttpException) return error.getStatus() < 500;
  return error instanceof RpcException || (error as { message?: unknown } | undefined)?.message === FORBIDDEN;
}
