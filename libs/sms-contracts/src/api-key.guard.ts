import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { ApiKeys } from './api-keys.js';

export const API_KEY_HEADER = 'x-api-key';

/** A request that `ApiKeyGuard` let pass. */
export interface AuthenticatedRequest extends IncomingMessage {
  apiClient: string;
}

/** Lets HTTP requests with a known `x-api-key` pass, and notes whose it is. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly keys: ApiKeys) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const owner = this.keys.ownerOf(request.headers[API_KEY_HEADER]?.toString());
    if (owner === undefined) throw new UnauthorizedException(`The header ${API_KEY_HEADER} holds no known key`);
    request.apiClient = owner;
    return true;
  }
}

/** Behind `ApiKeyGuard`: lets only one owner of a key pass. */
export function onlyFor(owner: string): CanActivate {
  return { canActivate: (context) => context.switchToHttp().getRequest<AuthenticatedRequest>().apiClient === owner };
}
