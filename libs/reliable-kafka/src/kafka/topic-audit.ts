import { AUDITED_SETTINGS, auditTopic } from '../durability/index.js';
import type { AuditRules, TopicFinding } from '../durability/index.js';
import type { Asks } from './admin-link.js';
import { topicFacts } from './topic-facts.js';

/** What there is to say about these topics, as they are now. Rejects when no broker answers. */
export async function auditTopics(admin: Asks, topics: readonly string[], rules: AuditRules): Promise<TopicFinding[]> {
  const facts = await topicFacts(admin, topics, AUDITED_SETTINGS);
  return facts.flatMap((one) => auditTopic(one, rules));
}
