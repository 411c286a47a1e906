import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { Type } from '@nestjs/common';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/router/request/request-constants.js';
import { RequestContextHost } from '@nestjs/microservices/context/request-context-host.js';
import type { HandlerSite } from '../handlers/handler-site.js';

/** Makes the request of one attempt, with everything request-scoped that its handler needs. */
export type Construct = (payload: unknown, context: object) => Promise<object>;

/**
 * Constructs a request-scoped controller and its enhancers ahead of Nest's callback, which finds them in place: a constructor that fails can
 * then be told from a guard that denies. `undefined` for controllers that exist once.
 */
export function constructionOf({ wrapper, module, controller, pattern }: HandlerSite): Construct | undefined {
  if (wrapper.isDependencyTreeStatic()) return undefined;
  const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance as ModuleRef;
  const isDurable = wrapper.isDependencyTreeDurable();
  return async (payload, context) => {
    const request = RequestContextHost.create(pattern as string, payload, context as never);
    const contextId = ContextIdFactory.getByRequest(request as never);
    Object.defineProperty(request, REQUEST_CONTEXT_ID, { value: contextId });
    const provided = isDurable ? contextId.payload : Object.assign(request, contextId.payload);
    moduleRef.registerRequestByContextId(provided, contextId);
    await moduleRef.resolve(controller as Type, contextId, { strict: true });
    return request;
  };
}
