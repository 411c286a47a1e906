import type { Classified, ErrorClass, ErrorClassRules } from '../contracts/index.js';
import { BUILT_IN, RETRIABLE } from './classes/index.js';
import { matches } from './error-matching.js';
import { everythingIn, innerOf, isThrown, severalOf } from './thrown.js';

const LISTS = ['fatal', 'retriable', 'infrastructure'] as const;

/** Of errors side by side, the one that leaves most hope decides: the record may need only one of them to be gone. */
const BY_HOPE: readonly ErrorClass[] = ['infrastructure', 'conflict', 'retriable', 'fatal'];

/**
 * What a failure asks for: by the user's rules, then by what is known of the error, or of the errors inside of it, the outer before the inner. What nobody
 * knows is retriable. Fatal is only what must fail again with the same record; the faults of a program are not, since the next deployment may mend
 * them. Never throws.
 */
export function classify(error: unknown, rules: ErrorClassRules = {}): Classified {
  try {
    const everything = everythingIn(error);
    return byRules(everything, rules) ?? byBuiltIns(error, everything) ?? RETRIABLE;
  } catch {
    // An error may do anything when it is looked at.
    return RETRIABLE;
  }
}

function byRules(everything: ReadonlySet<unknown>, rules: ErrorClassRules): Classified | undefined {
  const isIn = (list: (typeof LISTS)[number]) =>
    rules[list]?.some((matcher) => [...everything].some((one) => matches(one, matcher)));
  const found = LISTS.find(isIn);
  return found && { class: found };
}

/** `left`: what was not looked at yet. */
function byBuiltIns(error: unknown, left: Set<unknown>): Classified | undefined {
  if (!left.delete(error) || !isThrown(error)) return undefined;
  for (const recognise of BUILT_IN) {
    const found = recognise(error);
    if (found) return found;
  }
  for (const inner of innerOf(error)) {
    const found = byBuiltIns(inner, left);
    if (found) return found;
  }
  const several = severalOf(error).map((one) => byBuiltIns(one, left) ?? RETRIABLE);
  return several.toSorted((one, other) => BY_HOPE.indexOf(one.class) - BY_HOPE.indexOf(other.class))[0];
}
