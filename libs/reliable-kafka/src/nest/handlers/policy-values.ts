import { NOTHING, PARTITION, RECORD_KEY, TOPIC } from '../../contracts/index.js';
import type { CommitPolicy, IdempotencyGuard } from '../../contracts/index.js';
import type { PolicyName } from '../decorators/index.js';
import { wrongDeadLetter, wrongPark, wrongRetry } from './failure-values.js';

export interface Wrong {
  readonly what: string;
  readonly remedy: string;
}

/** What the compiler did not see, or was told not to look at. */
export function wrongPolicy(name: PolicyName, value: unknown): readonly Wrong[] {
  return [CHECKS[name](value) ?? []].flat();
}

export function wrongCommitAfter(after: unknown): Wrong | undefined {
  if (after === 'record' || after === 'batch' || after === 'manual') return undefined;
  const remedy = "Give 'record', 'batch', 'manual', or { count, ms } with at least one of them.";
  if (typeof after !== 'object' || after === null) return { what: `it is ${String(after)}`, remedy };
  const { count, ms, ...rest } = after as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return { what: `it has an unknown '${unknown}'`, remedy };
  if (count === undefined && ms === undefined) return { what: 'it has neither `count` nor `ms`', remedy };
  if (count !== undefined && !(Number.isInteger(count) && Number(count) >= 1))
    return { what: `\`count\` is ${String(count)}`, remedy: 'It is a whole number of at least 1.' };
  if (ms !== undefined && !(Number.isFinite(ms) && Number(ms) >= 1))
    return { what: `\`ms\` is ${String(ms)}`, remedy: 'It is a number of milliseconds of at least 1.' };
  return undefined;
}

const CHECKS: Readonly<Record<PolicyName, (value: any) => Wrong | readonly Wrong[] | undefined>> = {
  orderedBy(selector: unknown) {
    const remedy = "Give a payload path ('user.id'), a function, or one of RECORD_KEY, PARTITION, TOPIC and NOTHING.";
    if (typeof selector === 'function' || [RECORD_KEY, PARTITION, TOPIC, NOTHING].includes(selector as never))
      return undefined;
    if (typeof selector !== 'string') return { what: `its selector is ${String(selector)}`, remedy };
    return selector.split('.').includes('') ? { what: `its path '${selector}' has an empty step`, remedy } : undefined;
  },
  commitAfter({ after, mode }: CommitPolicy) {
    if (mode !== 'async' && mode !== 'sync')
      return { what: `its mode is ${String(mode)}`, remedy: "Give 'async' or 'sync'." };
    return wrongCommitAfter(after);
  },
  guard(guard: Partial<IdempotencyGuard> | undefined) {
    if (typeof guard?.open === 'function' && typeof guard.problems === 'function') return guard.problems();
    return { what: 'it is given no guard', remedy: 'Give uniqueKey(), statusGuard(…), versionGuard(…) or setNx(…).' };
  },
  handler(name: unknown) {
    if (typeof name === 'string' && /^[\w.-]{1,100}$/.test(name)) return undefined;
    return {
      what: `its name is '${String(name)}'`,
      remedy: 'Use 1 to 100 letters, digits, dots, dashes and underscores.',
    };
  },
  retry: wrongRetry,
  deadLetter: wrongDeadLetter,
  park: wrongPark,
};
