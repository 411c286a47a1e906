import { errors, type ErrorCode } from '../wire/index.js';

/** How an administrative request ended for one of the things that it named. */
export interface Outcome {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
}

export const done: Outcome = { errorCode: errors.NONE, errorMessage: null };

export function failed(errorCode: ErrorCode, errorMessage: string | null = null): Outcome {
  return { errorCode, errorMessage };
}
