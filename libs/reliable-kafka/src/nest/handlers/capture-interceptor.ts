import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { runBehind } from '../context/index.js';

/**
 * The innermost interceptor of a handler that has others, or filters: it sees the method's own end and the original error of pipes and
 * method, whatever is made of them further out. Nest's interceptor chain costs two thirds of the calls a second, hence not on every handler.
 */
export const captureInterceptor: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const run = runBehind(context.getArgByIndex(1));
    return run ? run.follow(next.handle()) : next.handle();
  },
};
