import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ContextUtils } from '@nestjs/core/helpers/context-utils.js';
import { DEFAULT_CALLBACK_METADATA } from '@nestjs/microservices/context/rpc-metadata-constants.js';
import type { HandlerSite } from './handler-site.js';

/** What a decorator says about one parameter of a handler. */
export interface Parameter {
  /** Nest's number for `@Payload()`, `@Ctx()` and so on, in digits; something else for custom ones. */
  readonly kind: string;
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
  /** Nest 12. */
  readonly schema?: unknown;
  /** Of a decorator that `createParamDecorator` made. */
  readonly factory?: unknown;
}

/** The decorated parameters of a handler. Without any decorator Nest gives the payload to the first. */
export function parametersOf({ wrapper, method }: HandlerSite): Parameter[] {
  const said = new ContextUtils().reflectCallbackMetadata(wrapper.instance, method, ROUTE_ARGS_METADATA);
  return Object.entries<Omit<Parameter, 'kind'>>(said ?? DEFAULT_CALLBACK_METADATA).map(([key, parameter]) => ({
    ...parameter,
    kind: key.split(':')[0]!,
  }));
}
