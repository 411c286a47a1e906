import type {
  CommitPolicy,
  DeadLetterPolicy,
  IdempotencyGuard,
  OrderingSelector,
  ParkPolicy,
  RetryPolicy,
} from '../../contracts/index.js';

/** What decorators say about a handler, or as a default about all handlers of a class. */
export interface Policies {
  readonly orderedBy: OrderingSelector;
  readonly commitAfter: CommitPolicy;
  readonly handler: string;
  readonly guard: IdempotencyGuard;
  readonly retry: RetryPolicy;
  readonly deadLetter: DeadLetterPolicy;
  readonly park: ParkPolicy;
}

export type PolicyName = keyof Policies;
export type AnyClass = abstract new (...args: any[]) => unknown;

/** The decorators' own spelling, for errors. */
export const POLICY_DECORATORS: Readonly<Record<PolicyName, string>> = {
  orderedBy: '@OrderedBy',
  commitAfter: '@CommitAfter',
  handler: '@Handler',
  guard: '@Idempotent',
  retry: '@Retry',
  deadLetter: '@DeadLetter',
  park: '@Park',
};

/** Said twice in one place, a policy has two values: a start-up error, so both are kept. */
type Said = Partial<Record<PolicyName, unknown[]>>;

const POLICIES = Symbol.for('nestjs-reliable-kafka:policies');
const CLASS_LEVEL = '';

/**
 * Policies are kept by class and method name, never on the function: a decorator that replaces the method would lose them,
 * and a class default written to an inherited method would leak to the siblings that inherit it.
 */
export function policyDecorator(name: PolicyName, value: unknown): (target: object, key?: string | symbol) => void {
  return (target, key) => {
    const host = key === undefined || typeof target === 'function' ? target : target.constructor;
    const byMember = own(host as AnyClass) ?? new Map<string, Said>();
    const member = key === undefined ? CLASS_LEVEL : String(key);
    const said = byMember.get(member) ?? {};
    byMember.set(member, { ...said, [name]: [...(said[name] ?? []), value] });
    Reflect.defineMetadata(POLICIES, byMember, host);
  };
}

/** The most specific word on a policy: the method's, else the class's, in each case the concrete class before its bases. */
export function policyOf<N extends PolicyName>(controller: AnyClass, method: string, name: N): Policies[N] | undefined {
  const lineage = lineageOf(controller);
  for (const member of [method, CLASS_LEVEL]) {
    for (const one of lineage) {
      const [value] = own(one)?.get(member)?.[name] ?? [];
      if (value !== undefined) return value as Policies[N];
    }
  }
  return undefined;
}

/** Everything said in the body of this very class, its bases not included. `method` is absent for the class's own defaults. */
export function* policiesSaidBy(
  host: AnyClass,
): Generator<{ readonly method?: string; readonly name: PolicyName; readonly values: readonly unknown[] }> {
  for (const [member, said] of own(host) ?? []) {
    for (const [name, values] of Object.entries(said)) {
      yield { ...(member !== CLASS_LEVEL && { method: member }), name: name as PolicyName, values };
    }
  }
}

/** The class and its bases, the class first. */
export function lineageOf(concrete: AnyClass): AnyClass[] {
  const lineage: AnyClass[] = [];
  for (let one = concrete; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    lineage.push(one);
  }
  return lineage;
}

function own(host: AnyClass): Map<string, Said> | undefined {
  return Reflect.getOwnMetadata(POLICIES, host) as Map<string, Said> | undefined;
}
