import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import type { HandlerTraits } from './handler-traits.js';
import { captureFilter } from './capture-filter.js';
import { captureInterceptor } from './capture-interceptor.js';
import { bareMethodOf } from './bare-method.js';
import type { BareMethod } from './bare-method.js';
import type { EnhancersPresent } from './global-enhancers.js';
import { guardMark } from './guard-mark.js';
import type { HandlerSite } from './handler-site.js';
import { Witness } from './witness.js';

const OURS = new WeakSet<object>([captureFilter, captureInterceptor, guardMark]);
/** One for each function, since several handlers may share it and Nest may read its metadata long after. */
const WITNESSES = new WeakMap<object, Witness>();

export interface Installation {
  readonly traits: Omit<HandlerTraits, 'manual'>;
  readonly witness: Witness;
  readonly bare: BareMethod | undefined;
  /** Once Nest has built the callback it needs the metadata no more, and other transports need not see it. */
  remove(): void;
}

/**
 * Puts our enhancers on a handler, just before Nest builds its callback: the capture filter where nothing else stands around the method,
 * else the capture interceptor and the witness; the guard mark where there are guards.
 */
export function installEnhancers(site: HandlerSite, global: EnhancersPresent): Installation {
  const present = (kind: string) => usersOwn(kind, site.controller).length + usersOwn(kind, site.function).length > 0;
  const hooked = global.hooks;
  const guarded = global.guards || present(GUARDS_METADATA);
  const isStatic = site.wrapper.isDependencyTreeStatic();
  const intercepted =
    !isStatic ||
    hooked ||
    global.interceptors ||
    global.filters ||
    present(INTERCEPTORS_METADATA) ||
    present(EXCEPTION_FILTERS_METADATA);
  const witness = witnessOf(site.function);
  const undo = [
    guarded && add(GUARDS_METADATA, site.function, guardMark),
    intercepted && add(INTERCEPTORS_METADATA, site.function, captureInterceptor),
    add(EXCEPTION_FILTERS_METADATA, site.function, intercepted ? witness.filter : captureFilter),
  ];
  return {
    traits: { intercepted, guarded, hooked },
    witness,
    bare: bareMethodOf(site, global, intercepted || guarded),
    remove: () => {
      // The callback of a request-scoped controller is built anew for each attempt. What stays is blind to everybody else's contexts.
      if (isStatic) for (const one of undo) if (one) one();
    },
  };
}

function usersOwn(kind: string, target: object): object[] {
  const enhancers = (Reflect.getMetadata(kind, target) ?? []) as object[];
  return enhancers.filter((one) => !OURS.has(one));
}

/** Last in the list: innermost for guards and interceptors, the first to be asked for filters. */
function add(kind: string, target: object, enhancer: object): () => void {
  const before = Reflect.getOwnMetadata(kind, target) as object[] | undefined;
  Reflect.defineMetadata(kind, [...usersOwn(kind, target), enhancer], target);
  return () => {
    if (before) Reflect.defineMetadata(kind, before, target);
    else Reflect.deleteMetadata(kind, target);
  };
}

function witnessOf(handler: object): Witness {
  let witness = WITNESSES.get(handler);
  if (!witness) {
    WITNESSES.set(handler, (witness = new Witness()));
    OURS.add(witness.filter);
  }
  return witness;
}
