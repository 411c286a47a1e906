import type { ConfigurationProblem } from '../../contracts/index.js';
import { TOPIC } from '../../contracts/index.js';
import type { HandlerPlan } from './handler-plan.js';

/** `TOPIC` order needs a topic of one partition: partitions have no order among each other. */
export function topicOrderProblems(
  plans: readonly HandlerPlan[],
  partitionCounts: ReadonlyMap<string, number>,
): ConfigurationProblem[] {
  const exact = new Set(plans.map(({ topic }) => topic));
  const takes = ({ topic }: HandlerPlan, concrete: string) =>
    typeof topic === 'string' ? topic === concrete : !exact.has(concrete) && concrete.search(topic) >= 0;
  return plans
    .filter(({ orderedBy }) => orderedBy === TOPIC)
    .flatMap((plan) =>
      [...partitionCounts]
        .filter(([concrete, partitions]) => partitions > 1 && takes(plan, concrete))
        .map(([concrete, partitions]) => ({
          where: `${plan.label} @OrderedBy`,
          what: `it orders by TOPIC, but ${concrete} has ${partitions} partitions`,
          remedy: 'Order by a key or by PARTITION, or use a topic of one partition.',
        })),
    );
}
