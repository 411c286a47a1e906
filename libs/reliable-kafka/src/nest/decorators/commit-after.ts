import type { CommitMode, CommitPolicy } from '../../contracts/index.js';
import { policyDecorator } from './policies.js';

/**
 * When the commits of a topic are sent: `'record'`, `'batch'`, `{ count?, ms? }` (default `{ count: 1000, ms: 1000 }`), or `'manual'`,
 * where a record has its outcome only when the handler calls `ctx.acknowledge()`.
 * `mode: 'sync'` starts nothing more in the partition until the commit is acknowledged; default `'async'`.
 *
 * It decides when, never what: a commit never passes a record that has no outcome. It belongs to the topic: handlers of one topic that
 * say different things are a start-up error, and one that says nothing takes what the others say.
 */
export function CommitAfter(
  policy: CommitPolicy['after'],
  { mode = 'async' }: { readonly mode?: CommitMode } = {},
): ClassDecorator & MethodDecorator {
  return policyDecorator('commitAfter', { after: policy, mode } satisfies CommitPolicy);
}
