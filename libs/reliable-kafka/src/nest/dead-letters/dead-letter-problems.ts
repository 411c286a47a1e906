import type { ConfigurationProblem } from '../../contracts/index.js';
import { loopProblems } from '../../retry/index.js';
import { policyOf } from '../decorators/index.js';
import type { HandlerPlan } from '../handlers/index.js';

/** What is wrong with the dead letter topics of all handlers together. */
export function deadLetterProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  const deaths = plans.map(({ label, topic, deadLetter }) => ({ label, topic, deadLetterTopic: deadLetter?.topic }));
  return [...requestProblems(plans), ...loopProblems(deaths)];
}

/** A request that fails is answered: with an error, which is its outcome. */
function requestProblems(plans: readonly HandlerPlan[]): ConfigurationProblem[] {
  return plans
    .filter(({ site }) => !site.isEvent && policyOf(site.controller, site.method, 'deadLetter'))
    .map(({ label }) => ({
      where: `${label} @DeadLetter`,
      what: 'it stands before a @MessagePattern, whose failures are answered with an error, and are over with that',
      remedy: 'Make the handler an @EventPattern, or remove the decorator.',
    }));
}
