import type { Broker } from '../broker.js';
import type { ApiName, ErrorCode, ReadOf, Type, WriteOf } from '../wire/index.js';

/** What an API knows of the request besides its body. */
export interface Context {
  readonly broker: Broker;
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  /** An injected error: the answer carries it wherever it can say so, and nothing happens. */
  readonly fault: ErrorCode | undefined;
  /** Aborts when the connection is gone, so that nothing waits for it. */
  readonly gone: AbortSignal;
  /** What this broker advertises. */
  readonly apis: readonly { readonly key: number; readonly versions: readonly [number, number] }[];
}

/** Instead of an answer: the connection is closed, as Kafka does where the protocol has no room for an error. */
export const HANG_UP = Symbol('hang up');
/** Instead of an answer: the client expects none. */
export const SILENCE = Symbol('silence');

type Answer<Response> = Response | typeof HANG_UP | typeof SILENCE;

/** One API of the protocol: its key, what it reads and writes in which versions, and what it does. */
export interface Api<
  Request extends Type<any, any> = Type<any, any>,
  Response extends Type<any, any> = Type<any, any>,
> {
  readonly name: ApiName;
  readonly key: number;
  readonly versions: readonly [number, number];
  readonly request: Request;
  readonly response: Response;
  handle(request: ReadOf<Request>, context: Context): Answer<WriteOf<Response>> | Promise<Answer<WriteOf<Response>>>;
}

export function api<Request extends Type<any, any>, Response extends Type<any, any>>(
  definition: Api<Request, Response>,
): Api<Request, Response> {
  return definition;
}
