import { isDeepStrictEqual } from 'node:util';
import type { ModulesContainer } from '@nestjs/core';
import type { ConfigurationProblem } from '../../contracts/index.js';
import { lineageOf, policiesSaidBy, POLICY_DECORATORS } from '../decorators/index.js';
import type { AnyClass } from '../decorators/index.js';
import type { HandlerSite } from './handler-site.js';
import { wrongPolicy } from './policy-values.js';

/** Policies that say nothing sensible, contradict themselves, or that none of our handlers listens to. `taken`: by any server of ours. */
export function policyProblems(modules: ModulesContainer, taken: readonly HandlerSite[]): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  for (const host of classesOf(modules)) {
    for (const { method, name, values } of policiesSaidBy(host)) {
      const where = `${method === undefined ? host.name : `${host.name}.${method}`} ${POLICY_DECORATORS[name]}`;
      const wrong = values.map((value) => wrongPolicy(name, value)).find((one) => one.length > 0) ?? [];
      problems.push(...wrong.map((one) => ({ where, ...one })));
      if (values.some((value) => !isDeepStrictEqual(value, values[0]))) {
        problems.push({ where, what: 'it is there more than once, with different values', remedy: 'Keep one.' });
      }
      if (!taken.some((site) => listens(site, host, method))) {
        problems.push({
          where,
          what:
            method === undefined
              ? 'no handler of the class is taken by a ReliableKafkaServer'
              : 'the method is no handler that a ReliableKafkaServer takes',
          remedy:
            'Add @EventPattern or @MessagePattern with a topic and the transport of the server, and list the class among the controllers of a module; or remove the decorator.',
        });
      }
    }
  }
  return problems;
}

function listens(site: HandlerSite, host: AnyClass, method: string | undefined): boolean {
  return (method === undefined || site.method === method) && lineageOf(site.controller).includes(host);
}

function classesOf(modules: ModulesContainer): Set<AnyClass> {
  const classes = new Set<AnyClass>();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) {
      if (typeof metatype === 'function') for (const one of lineageOf(metatype as AnyClass)) classes.add(one);
    }
  }
  return classes;
}
