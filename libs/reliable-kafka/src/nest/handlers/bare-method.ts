import { PIPES_METADATA } from '@nestjs/common/constants.js';
import { RpcParamtype } from '@nestjs/microservices/enums/rpc-paramtype.enum.js';
import type { EnhancersPresent } from './global-enhancers.js';
import type { HandlerSite } from './handler-site.js';
import { parametersOf } from './parameters.js';

/** Calls a handler method on its controller. Throws, rejects and returns what the method does. */
export type BareMethod = (payload: unknown, context: object) => unknown;

const NEITHER = 0;

/**
 * The method of an event handler that nothing stands around: neither guards, pipes, interceptors, filters, hooks and request scope, nor parameters
 * other than `@Payload()` and `@Ctx()`. Nest's callback would do nothing but call it, through ten promises a call: without them a consumer takes
 * a third more records a second. `undefined` for every other handler.
 */
export function bareMethodOf(site: HandlerSite, global: EnhancersPresent, isEnhanced: boolean): BareMethod | undefined {
  const { wrapper, isEvent, controller, function: run } = site;
  if (isEnhanced || !isEvent || global.pipes || hasPipes(controller) || hasPipes(run)) return undefined;
  const instance: object = wrapper.instance;
  const kinds: number[] = [];
  for (const { kind, index, data, pipes = [], schema } of parametersOf(site)) {
    if (kind !== `${RpcParamtype.PAYLOAD}` && kind !== `${RpcParamtype.CONTEXT}`) return undefined;
    if (data || pipes.length > 0 || schema) return undefined;
    kinds[index] = Number(kind);
  }
  return callOf(
    run,
    instance,
    Array.from(kinds, (kind) => kind ?? NEITHER),
  );
}

function hasPipes(target: object): boolean {
  return ((Reflect.getMetadata(PIPES_METADATA, target) ?? []) as unknown[]).length > 0;
}

/** The usual signatures without an array for each call. */
function callOf(run: HandlerSite['function'], instance: object, kinds: readonly number[]): BareMethod {
  const { PAYLOAD, CONTEXT } = RpcParamtype;
  const [first = NEITHER, second = NEITHER] = kinds;
  if (kinds.length === 0) return () => run.call(instance);
  if (kinds.length === 1 && first === PAYLOAD) return (payload) => run.call(instance, payload);
  if (kinds.length === 2 && first === PAYLOAD && second === CONTEXT)
    return (payload, context) => run.call(instance, payload, context);
  return (payload, context) =>
    run.apply(
      instance,
      kinds.map((kind) => (kind === PAYLOAD ? payload : kind === CONTEXT ? context : undefined)),
    );
}
