import type { ConfigurationProblem } from '../../contracts/index.js';
import { parametersOf } from '../handlers/index.js';
import type { HandlerPlan, Parameter } from '../handlers/index.js';

/** On the factory of `@Tx()`, which belongs to a room that is not always there. */
const TX = Symbol.for('nestjs-reliable-kafka:tx');

/** Handlers whose `@Tx()` would find no transaction, or would cost them their payload. */
export function txProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  return plans.flatMap((plan) => {
    const parameters = parametersOf(plan.site);
    if (!parameters.some(isTx)) return [];
    return [...withoutTransaction(plan), ...besideUndecorated(plan, parameters)].map((problem) => ({
      where: `${plan.label} @Tx`,
      ...problem,
    }));
  });
}

function withoutTransaction({ guard }: HandlerPlan): Omit<ConfigurationProblem, 'where'>[] {
  if (guard?.transactional) return [];
  const found = guard ? `${guard.name} runs its handler in none` : 'it has no guard';
  return [
    {
      what: `there is no transaction for it: ${found}`,
      remedy: 'Add @Idempotent(uniqueKey()), or another guard with a transaction; or remove @Tx().',
    },
  ];
}

/** With one decorated parameter, Nest gives nothing to those that have no decorator. */
function besideUndecorated(
  { site }: HandlerPlan,
  parameters: readonly Parameter[],
): Omit<ConfigurationProblem, 'where'>[] {
  const decorated = parameters.map(({ index }) => index);
  const count = Math.max(site.function.length, ...decorated.map((index) => index + 1));
  const bare = Array.from({ length: count }, (_, index) => index).filter((index) => !decorated.includes(index));
  return bare.map((index) => ({
    what: `parameter ${index + 1} of the method has no decorator, and would be undefined beside it`,
    remedy: 'Decorate every parameter: @Payload(), @Ctx().',
  }));
}

function isTx({ factory }: Parameter): boolean {
  return typeof factory === 'function' && TX in factory;
}
