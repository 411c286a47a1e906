import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Nest destroys modules by their distance from the root, nearest first, and bootstraps them in the opposite order. Nearer than the root itself,
 * a module drains while every other provider is still there, and begins when all of them are.
 */
export function destroyFirst(module: Type, modules: ModulesContainer): void {
  for (const one of modules.values()) if (one.metatype === module) one.distance = -1;
}
