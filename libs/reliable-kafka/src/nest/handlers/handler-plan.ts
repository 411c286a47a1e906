import { isDeepStrictEqual } from 'node:util';
import type {
  CommitPolicy,
  ConfigurationProblem,
  DeadLetterPolicy,
  IdempotencyGuard,
  OrderingSelector,
  ParkPolicy,
  RetryPolicy,
  RuntimeOptions,
} from '../../contracts/index.js';
import { DEFAULT_COMMIT_POLICY, PARTITION } from '../../contracts/index.js';
import { policyOf } from '../decorators/index.js';
import type { PolicyName } from '../decorators/index.js';
import { labelOf, topicOf } from './handler-site.js';
import type { HandlerSite } from './handler-site.js';

/** Everything about a handler but how to run it. */
export interface HandlerPlan {
  readonly site: HandlerSite;
  readonly topic: string | RegExp;
  readonly name: string;
  readonly label: string;
  readonly orderedBy: OrderingSelector;
  readonly commit: CommitPolicy;
  readonly guard: IdempotencyGuard | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly deadLetter: DeadLetterPolicy | undefined;
  readonly park: ParkPolicy | undefined;
}

export interface HandlerPlans {
  readonly plans: readonly HandlerPlan[];
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly string[];
}

/** Gives each handler its topic, its identity and its policies. */
export function planHandlers(
  sites: readonly HandlerSite[],
  defaults: NonNullable<RuntimeOptions['defaults']> = {},
): HandlerPlans {
  const plans: HandlerPlan[] = [];
  const problems: ConfigurationProblem[] = [];
  const warnings: string[] = [];
  const fallback = defaults.commitAfter
    ? { ...DEFAULT_COMMIT_POLICY, after: defaults.commitAfter }
    : DEFAULT_COMMIT_POLICY;

  for (const [topic, ofTopic] of byTopic(sites)) {
    const names = identities(topic, ofTopic, problems, warnings);
    const commit = commitPolicy(topic, ofTopic, problems) ?? fallback;
    oneAnswer(topic, ofTopic, problems);
    if (topic === '') {
      problems.push({ where: labelOf(ofTopic[0]!), what: 'its topic is empty', remedy: 'Name the topic.' });
    }
    for (const site of ofTopic) {
      const said = <N extends PolicyName>(policy: N) => policyOf(site.controller, site.method, policy);
      plans.push({
        site,
        topic,
        name: names.get(site)!,
        label: labelOf(site),
        orderedBy: said('orderedBy') ?? PARTITION,
        commit,
        guard: said('guard'),
        retry: said('retry'),
        deadLetter: said('deadLetter') ?? defaults.deadLetter,
        park: said('park'),
      });
    }
  }
  return { plans, problems, warnings };
}

/** Handlers of one topic; two RegExps that read the same are one topic. */
function byTopic(sites: readonly HandlerSite[]): Map<string | RegExp, HandlerSite[]> {
  const groups = new Map<string, { topic: string | RegExp; sites: HandlerSite[] }>();
  for (const site of sites) {
    const topic = topicOf(site.pattern)!;
    const key = `${typeof topic} ${topic}`;
    const group = groups.get(key) ?? { topic, sites: [] };
    groups.set(key, { topic, sites: [...group.sites, site] });
  }
  return new Map([...groups.values()].map(({ topic, sites }) => [topic, sites]));
}

/** One handler of a topic may stay unnamed, so that adding a second one changes nothing for the first. */
function identities(
  topic: string | RegExp,
  sites: readonly HandlerSite[],
  problems: ConfigurationProblem[],
  warnings: string[],
): Map<HandlerSite, string> {
  const owners = new Map<string, HandlerSite>();
  const names = new Map<HandlerSite, string>();
  for (const site of sites) {
    let name = policyOf(site.controller, site.method, 'handler') ?? '';
    const twin = [...names.keys()].find((one) => labelOf(one) === labelOf(site));
    if (name === '' && owners.has('') && !twin) {
      name = labelOf(site);
      if (policyOf(site.controller, site.method, 'guard')) {
        problems.push({
          where: name,
          what: `it is the second handler of ${topic} without a name, and has a guard, whose keys go by that name`,
          remedy: "Name it with @Handler('…').",
        });
      } else {
        warnings.push(
          `${name} is the second handler of ${topic} without a name, and goes by its class and method. Name it with @Handler('…'): a rename would make it a new handler`,
        );
      }
    }
    const owner = owners.get(name);
    if (twin) {
      problems.push({
        where: labelOf(site),
        what: `it takes ${topic} twice`,
        remedy: 'List its controller in one module, and the topic once.',
      });
    } else if (owner) {
      problems.push({
        where: `${labelOf(site)} @Handler`,
        what: `${labelOf(owner)} of the same topic ${topic} is named '${name}', too`,
        remedy: 'Give each a name of its own.',
      });
    }
    owners.set(name, site);
    names.set(site, name);
  }
  return names;
}

/** Commits are the topic's: there is one watermark for all its handlers. */
function commitPolicy(
  topic: string | RegExp,
  sites: readonly HandlerSite[],
  problems: ConfigurationProblem[],
): CommitPolicy | undefined {
  const said = sites.flatMap((site) => {
    const policy = policyOf(site.controller, site.method, 'commitAfter');
    return policy ? [{ site, policy }] : [];
  });
  const [first, ...others] = said;
  for (const { site, policy } of others) {
    if (isDeepStrictEqual(policy, first!.policy)) continue;
    problems.push({
      where: `${labelOf(site)} @CommitAfter`,
      what: `${labelOf(first!.site)} says something else about the same topic ${topic}`,
      remedy: 'Commits belong to the topic: say the same, or leave one out.',
    });
  }
  return first?.policy;
}

function oneAnswer(topic: string | RegExp, sites: readonly HandlerSite[], problems: ConfigurationProblem[]): void {
  const [first, ...others] = sites.filter(({ isEvent }) => !isEvent);
  for (const site of others) {
    problems.push({
      where: `${labelOf(site)} @MessagePattern`,
      what: `${labelOf(first!)} answers requests to ${topic}, too`,
      remedy: 'A request has one reply: make one of them an @EventPattern.',
    });
  }
}
