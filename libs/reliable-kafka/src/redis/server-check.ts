import type { ConfigurationProblem } from '../contracts/index.js';
import { WHERE } from './options.js';
import type { RedisCommands } from './redis-client.js';

export interface Findings {
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly string[];
}

/** What the servers behind a client say of themselves, as far as they may be asked. Rejects when one cannot be reached. */
export async function checkServers(client: RedisCommands): Promise<Findings> {
  const servers = client.nodes?.('master') ?? [client];
  const findings = await Promise.all(servers.map((server) => checkServer(server, client.isCluster === true)));
  return {
    problems: distinct(findings.flatMap(({ problems }) => problems)),
    warnings: [...new Set(findings.flatMap(({ warnings }) => warnings))],
  };
}

async function checkServer(server: RedisCommands, isCluster: boolean): Promise<Findings> {
  const info = await infoOf(server);
  const policy = info.get('maxmemory_policy') ?? (await policyOf(server));
  const problems: ConfigurationProblem[] = [];
  if (info.get('role') === 'slave')
    problems.push({
      where: WHERE,
      what: 'the server is a replica: it refuses claims, or loses them',
      remedy: 'Give the address of the master, or a client that asks Sentinel for it.',
    });
  if (info.get('cluster_enabled') === '1' && !isCluster)
    problems.push({
      where: WHERE,
      what: 'the server is part of a cluster, and the client knows only this one',
      remedy: 'Give `client: new Cluster(…)` of ioredis.',
    });
  if (policy !== undefined && policy !== 'noeviction')
    problems.push({
      where: WHERE,
      what: `its maxmemory-policy is ${policy}: when memory is short, Redis drops claims and completed keys, and handlers run twice`,
      remedy: 'Set maxmemory-policy to noeviction, or use a Redis of its own for idempotency.',
    });
  const warnings = policy === undefined ? [NOT_TOLD] : [];
  return { problems, warnings };
}

const NOT_TOLD =
  'Redis does not tell its maxmemory-policy (neither INFO nor CONFIG GET is allowed): make sure that it is noeviction, or claims are lost when memory is short';

async function infoOf(server: RedisCommands): Promise<ReadonlyMap<string, string>> {
  const lines = String(await allowed(server.info())).split('\r\n');
  return new Map(lines.map((line) => line.split(':', 2) as [string, string]));
}

async function policyOf(server: RedisCommands): Promise<string | undefined> {
  const answer = await allowed(server.config('GET', 'maxmemory-policy'));
  return Array.isArray(answer) && answer.length === 2 ? String(answer[1]) : undefined;
}

/** `undefined` where the server refuses to say, by its rights or since it does not have the command. */
async function allowed(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR unknown|ERR command)/.test(error.message)) return undefined;
    throw error;
  }
}

function distinct(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [problem.what, problem])).values()];
}
