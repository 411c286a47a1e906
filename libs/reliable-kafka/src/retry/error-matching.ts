import type { ErrorMatcher } from '../contracts/index.js';
import { isA, isThrown } from './thrown.js';
import type { Thrown } from './thrown.js';

export function matches(error: unknown, matcher: ErrorMatcher): boolean {
  if (typeof matcher === 'string') return isThrown(error) && isCalled(error, matcher);
  if (isErrorClass(matcher)) return error instanceof matcher;
  try {
    return (matcher as (error: unknown) => boolean)(error) === true;
  } catch {
    return false;
  }
}

function isCalled(error: Thrown, text: string): boolean {
  return isA(error, text) || String(error.code) === text || String(error.errno) === text;
}

function isErrorClass(matcher: Exclude<ErrorMatcher, string>): matcher is abstract new (...args: any[]) => Error {
  return matcher === Error || matcher.prototype instanceof Error;
}
