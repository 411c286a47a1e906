import type { ConfigurationProblem } from '../../contracts/index.js';
import { NOTHING, PARTITION, TOPIC } from '../../contracts/index.js';
import type { HandlerPlan } from './handler-plan.js';

/** Handlers that would park keys without a store, or without keys. */
export function parkingProblems(plans: readonly HandlerPlan[], hasStore: boolean): ConfigurationProblem[] {
  return plans.flatMap((plan) => [
    ...(plan.park ? problemsOf(plan, '@Park', hasStore) : []),
    ...(plan.deadLetter?.hold ? problemsOf(plan, '@DeadLetter({ hold: true })', hasStore) : []),
    ...(plan.deadLetter?.hold && plan.orderedBy === NOTHING ? [withoutOrder(plan)] : []),
    ...(plan.park && !plan.site.isEvent ? [ofRequests(plan)] : []),
  ]);
}

function problemsOf({ label, orderedBy }: HandlerPlan, decorator: string, hasStore: boolean): ConfigurationProblem[] {
  const where = `${label} ${decorator}`;
  const problems: ConfigurationProblem[] = [];
  if (!hasStore)
    problems.push({
      where,
      what: 'there is no store to park in',
      remedy: "Give one in the options: parking: typeormParking(), of 'nestjs-reliable-kafka/typeorm'.",
    });
  if (orderedBy === PARTITION || orderedBy === TOPIC)
    problems.push({
      where,
      what: `it orders by ${orderedBy === TOPIC ? 'TOPIC' : 'PARTITION'}, whose one key is everything: all of it would be parked`,
      remedy: "Order by a key: @OrderedBy('…'), or @OrderedBy(RECORD_KEY).",
    });
  return problems;
}

function withoutOrder({ label }: HandlerPlan): ConfigurationProblem {
  return {
    where: `${label} @DeadLetter({ hold: true })`,
    what: 'it orders by NOTHING, so that no key is there to be held',
    remedy: "Order by a key, or remove 'hold'.",
  };
}

function ofRequests({ label }: HandlerPlan): ConfigurationProblem {
  return {
    where: `${label} @Park`,
    what: 'it stands before a @MessagePattern, whose failures are answered with an error, and are over with that',
    remedy: 'Make the handler an @EventPattern, or remove the decorator.',
  };
}
