import {
  BadRequestException,
  type CallHandler,
  ConflictException,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  ServiceUnavailableException,
} from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import type { GuardKey } from 'nestjs-reliable-kafka';
import { catchError, from, mergeMap, type Observable, of } from 'rxjs';
import { type AuthenticatedRequest, IDEMPOTENCY_KEY_HEADER } from 'sms-contracts';
import { RequestClaims } from './request-claims.js';
import { SmsRefused } from './sms-refused.js';

/** Longer than any request takes. */
const LEASE = 60_000;
/** A client that tries again after a day submits a new SMS. */
const RETENTION = 24 * 60 * 60 * 1000;
const LONGEST_KEY = 255;

/** A request with an `Idempotency-Key`. */
export interface KeyedRequest extends AuthenticatedRequest {
  readonly body: unknown;
  /** Of this client, so that two clients may use the same. */
  idempotencyKey?: string;
}

/**
 * Requests with an `Idempotency-Key` are worked on once at a time and once in all: a repeated one gets the first one's answer, one that is still being
 * worked on 409, another request under a used key 422. Without the header nothing is compared. When Redis does not answer, 503: not knowing is no
 * permission. A request that was refused or failed is forgotten, and may come again.
 */
@Injectable()
export class RequestDeduplication implements NestInterceptor {
  private readonly logger = new Logger(RequestDeduplication.name);

  constructor(private readonly requests: RequestClaims) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<KeyedRequest>();
    const header = request.headers[IDEMPOTENCY_KEY_HEADER]?.toString();
    if (header === undefined) return next.handle();
    const key = keyOf(request, header);
    const owner = randomUUID();
    const { store } = this.requests;
    const claim = await store.claim(key, owner, LEASE).catch((cause: unknown) => {
      throw new ServiceUnavailableException('Cannot tell whether the request is a repeated one; try again', { cause });
    });
    if (claim.status === 'busy') throw new ConflictException('A request with this Idempotency-Key is being worked on');
    if (claim.status === 'done') {
      if (!claim.fingerprint?.equals(key.fingerprint!))
        throw new SmsRefused('idempotency_key_reused', 'The Idempotency-Key was used by another request');
      return of(JSON.parse(claim.reply!.toString()));
    }
    request.idempotencyKey = header;
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        await this.quietly(store.complete(key, owner, RETENTION, Buffer.from(JSON.stringify(answer))));
        return answer;
      }),
      catchError((error: unknown) =>
        from(this.quietly(store.release(key, owner))).pipe(
          mergeMap(() => {
            throw error;
          }),
        ),
      ),
    );
  }

  /** The SMS's id follows from the key, so that even a request whose completion was lost makes no second SMS when it comes again. */
  private async quietly(transition: Promise<unknown>): Promise<void> {
    await transition.catch((error: unknown) =>
      this.logger.warn(`A claim on a request lapses by itself: ${String(error)}`),
    );
  }
}

function keyOf({ apiClient, body }: KeyedRequest, key: string): GuardKey {
  if (key === '' || key.length > LONGEST_KEY)
    throw new BadRequestException(`The header ${IDEMPOTENCY_KEY_HEADER} has 1 to ${LONGEST_KEY} characters`);
  const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest();
  return { scope: `sms-gateway/${apiClient}`, key, fingerprint };
}
