import type { ConfigurationProblem } from '../../contracts/index.js';
import type { HandlerPlan } from '../handlers/index.js';
import { txProblems } from './tx-problems.js';

/** What is wrong with the guards of all handlers together. */
export function guardProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  return [...requestProblems(plans), ...scopeProblems(plans), ...txProblems(plans)];
}

/** A duplicate request must be answered, too. */
function requestProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  return plans
    .filter(({ guard, site }) => guard && !site.isEvent && guard.reply === undefined)
    .map(({ label, guard }) => ({
      where: `${label} @Idempotent(${guard!.name})`,
      what: 'it stands before a @MessagePattern, and does not say what a duplicate request is answered',
      remedy: "Give the guard `reply: 'replay'` or `reply: 'error'`, or make the handler an @EventPattern.",
    }));
}

/** Two handlers that share the scope of their keys would take each other's records for duplicates. */
function scopeProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const guarded = plans.filter(({ guard }) => guard?.consumer !== undefined);
  for (const [i, one] of guarded.entries()) {
    const other = guarded
      .slice(0, i)
      .find((other) => other.guard!.consumer === one.guard!.consumer && overlap(other.topic, one.topic));
    if (!other) continue;
    problems.push({
      where: `${one.label} @Idempotent(${one.guard!.name})`,
      what: `${other.label} takes the same topic under the same consumer '${one.guard!.consumer}': the second of them would find every record handled`,
      remedy: 'Give each a `consumer` of its own, or leave it out.',
    });
  }
  return problems;
}

/** Two RegExps may match one topic; nobody can say that they never will. */
function overlap(one: string | RegExp, other: string | RegExp): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one === other;
  if (typeof one === 'string') return one.search(other as RegExp) >= 0;
  return typeof other === 'string' ? other.search(one) >= 0 : true;
}
