import type { Admin } from 'kafkajs';
import type { ConfigurationProblem, Log } from '../contracts/index.js';
import type { Asks } from './admin-link.js';
import { isRefusal } from './error-codes.js';
import { compactions, endless, shortfalls } from './retention-findings.js';
import type { Remembering, TopicRetention } from './retention-findings.js';

/** `ConfigResourceTypes.TOPIC`, which Node does not find among the names of kafkajs when it is imported as an ES module. */
const TOPIC = 2;

export interface RetentionAudit {
  readonly admin: Asks;
  readonly topics: readonly string[];
  /** The handlers of a topic whose guards forget. */
  readonly remembering: (topic: string) => readonly Remembering[];
  readonly audit: 'warn' | 'refuse';
  readonly log: Log;
}

/**
 * Compares how long guards remember with how long their topics keep records. What is too short is a problem when the start is to be refused for it,
 * else a warning. Only topics that are known at the start are looked at.
 */
export async function auditRetention(asked: RetentionAudit): Promise<ConfigurationProblem[]> {
  const { topics, remembering, audit, log } = asked;
  const guarded = topics.filter((topic) => remembering(topic).length > 0);
  if (guarded.length === 0) return [];
  const { tooShort, doubtful } = await findings(asked, guarded);
  const isRefused = audit === 'refuse';
  for (const { where, what, remedy } of isRefused ? doubtful : [...tooShort, ...doubtful])
    log.warn(`${where}: ${what}. ${remedy}`);
  return isRefused ? tooShort : [];
}

interface Findings {
  readonly tooShort: ConfigurationProblem[];
  readonly doubtful: ConfigurationProblem[];
}

async function findings({ admin, remembering }: RetentionAudit, topics: readonly string[]): Promise<Findings> {
  try {
    const retentions = await admin.ask((admin) => retentionsOf(admin, topics));
    return {
      tooShort: [...retentions.flatMap((one) => shortfalls(one, remembering(one.topic))), ...endless(retentions)],
      doubtful: compactions(retentions),
    };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { tooShort: [unanswered(topics, error)], doubtful: [] };
  }
}

function unanswered(topics: readonly string[], error: unknown): ConfigurationProblem {
  return {
    where: `topic ${topics.join(', ')}`,
    what: `the broker does not tell how long it keeps records (${String(error)}), so nobody knows whether guards remember for long enough`,
    remedy: 'Let this client describe the configs of its topics.',
  };
}

async function retentionsOf(admin: Admin, topics: readonly string[]): Promise<TopicRetention[]> {
  const configNames = ['cleanup.policy', 'retention.ms', 'segment.ms'];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: TOPIC, name, configNames })),
  });
  return resources.map(({ resourceName: topic, configEntries }) => {
    const value = (name: string) => configEntries.find(({ configName }) => configName === name)?.configValue ?? '';
    return {
      topic,
      cleanup: value('cleanup.policy'),
      retention: Number(value('retention.ms')),
      segment: Number(value('segment.ms')),
    };
  });
}
