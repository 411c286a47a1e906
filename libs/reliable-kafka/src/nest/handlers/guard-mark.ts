import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { runBehind } from '../context/index.js';

/** Stands behind all guards of a handler: an attempt that never got here was denied. */
export const guardMark: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    const run = runBehind(context.getArgByIndex(1));
    if (run) run.guardsPassed = true;
    return true;
  },
};
