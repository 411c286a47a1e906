import type { ArgumentsHost, RpcExceptionFilter } from '@nestjs/common';
import { BaseRpcExceptionFilter } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { runBehind } from '../context/index.js';

/**
 * Takes the original error of a handler that has neither filters nor interceptors, at no cost while nothing fails:
 * Nest's base filter, which would answer otherwise, makes `{ status, message }` of every error.
 */
class CaptureFilter extends BaseRpcExceptionFilter implements RpcExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): Observable<unknown> {
    const run = runBehind(host.getArgByIndex(1));
    run?.fail(exception);
    return run && !run.replies ? throwError(() => exception) : super.catch(exception, host);
  }
}

export const captureFilter = new CaptureFilter();
