import type { ModuleRef } from '@nestjs/core';

/** Kinds of enhancers that stand around handlers. */
export interface EnhancersPresent {
  readonly filters: boolean;
  readonly guards: boolean;
  readonly interceptors: boolean;
  /** They change nothing of what can be seen of a handler. */
  readonly pipes: boolean;
  readonly hooks: boolean;
}

const ALL: EnhancersPresent = { filters: true, guards: true, interceptors: true, pipes: true, hooks: true };

/**
 * Enhancers of the whole application. A connected microservice that does not inherit them is credited with them nevertheless: that costs speed,
 * not correctness. One whose listeners Nest registers later than it connects it (`deferInitialization`) may have others of its own, which nobody
 * can see: all kinds are assumed.
 */
export function globalEnhancers(moduleRef: ModuleRef, deferred: boolean): EnhancersPresent {
  const container = moduleRef['container'];
  const config = container.applicationConfig;
  if (!config || (deferred && container.getHttpAdapterRef())) return ALL;
  return {
    filters: config.getGlobalFilters().length + config.getGlobalRequestFilters().length > 0,
    guards: config.getGlobalGuards().length + config.getGlobalRequestGuards().length > 0,
    interceptors: config.getGlobalInterceptors().length + config.getGlobalRequestInterceptors().length > 0,
    pipes: config.getGlobalPipes().length + config.getGlobalRequestPipes().length > 0,
    hooks: (config.getGlobalPreRequestHooks?.().length ?? 0) > 0, // Nest 12
  };
}
