/** What may be asked of anything that was thrown. Other libraries' errors are recognized by it, so that none of them has to be installed. */
export interface Thrown {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly cause?: unknown;
  readonly [field: string]: unknown;
}

/** Errors that carry more errors than this are not looked through to the end. */
const MOST = 50;
const DEEPEST = 10;

export function isThrown(value: unknown): value is Thrown {
  return typeof value === 'object' && value !== null;
}

/** An error inside another one: what it was caused by, or what it was made of. TypeORM wraps as `driverError`, Nest's RpcException as `error`. */
export function innerOf({ driverError, cause, error }: Thrown): readonly unknown[] {
  return [driverError, cause, error].filter(isThrown);
}

/** Errors side by side: of an AggregateError, or a list that was thrown as it is. */
export function severalOf(thrown: Thrown): readonly unknown[] {
  const several = Array.isArray(thrown) ? thrown : thrown.errors;
  return Array.isArray(several) ? several.slice(0, MOST) : [];
}

/** It and everything inside, each once, the outer before the inner; not more than a bound, whatever points at what. */
export function everythingIn(error: unknown): Set<unknown> {
  const found = new Set([error]);
  // A set goes on to what is added while it is walked.
  for (const one of found) {
    if (!isThrown(one)) continue;
    for (const inner of [...innerOf(one), ...severalOf(one)]) if (found.size < MOST) found.add(inner);
  }
  return found;
}

/** By its name, or that of its class or a class above. */
export function isA(thrown: Thrown, name: string): boolean {
  if (thrown.name === name) return true;
  let at: unknown = Object.getPrototypeOf(thrown);
  for (let depth = 0; isThrown(at) && depth < DEEPEST; depth++) {
    if ((at.constructor as { readonly name?: unknown } | undefined)?.name === name) return true;
    at = Object.getPrototypeOf(at);
  }
  return false;
}

export function textOf({ message }: Thrown): string {
  return typeof message === 'string' ? message : '';
}

/** Its code, where that is a text. */
export function codeOf({ code }: Thrown): string {
  return typeof code === 'string' ? code : '';
}
