import type { ConfigurationProblem } from '../../contracts/index.js';
import { isTakenBy, labelOf } from './handler-site.js';
import type { HandlerSite } from './handler-site.js';

/** What one of our servers is to the others. */
export interface ServerIdentity {
  readonly name: string | undefined;
  readonly answersTo: unknown;
}

export function serverProblems(
  servers: readonly ServerIdentity[],
  sites: readonly HandlerSite[],
): ConfigurationProblem[] {
  const duplicates = servers.filter(({ name }, index) => servers.findIndex((one) => one.name === name) !== index);
  const contested = sites.filter((site) => servers.filter((server) => isTakenBy(site, server.answersTo)).length > 1);
  return [
    ...duplicates.map(({ name }) => ({
      where: 'ReliableKafkaModule',
      what: name === undefined ? 'there are two modules without a name' : `there are two modules named '${name}'`,
      remedy: 'Give each group a name of its own: forRoot({ name, … }).',
    })),
    ...contested.map((site) => ({
      where: labelOf(site),
      what: `several ReliableKafkaServers would take ${String(site.pattern)}`,
      remedy:
        'Name the transport in its pattern: @EventPattern<string>(topic, reliableKafka(name)), or Transport.KAFKA for the unnamed one.',
    })),
  ];
}
