import type { ConfigurationProblem, Log, Probe, RuntimeOptions } from '../contracts/index.js';
import { kafkaProbe } from '../kafka/index.js';
import type { Stores } from './guards/index.js';

export interface OpenedProbes {
  readonly probes: readonly Probe[];
  readonly problems: readonly ConfigurationProblem[];
}

/** Everything that tells what is down: Kafka, the stores, which are open, and what the user gave. */
export async function openProbes(
  { client, probes: given = [] }: RuntimeOptions,
  stores: Stores,
  log: Log,
): Promise<OpenedProbes> {
  const context = { resolve: (token: unknown) => stores.resolve(token), log };
  const problems: ConfigurationProblem[] = [];
  for (const probe of given) problems.push(...((await probe.open?.(context)) ?? []));
  return { probes: [kafkaProbe(client), ...stores.probes, ...given], problems };
}
