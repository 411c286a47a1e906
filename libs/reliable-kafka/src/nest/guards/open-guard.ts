import type { ConfigurationProblem, EmitEvent, Log, OpenGuard } from '../../contracts/index.js';
import { ConfigurationError } from '../../contracts/index.js';
import type { HandlerPlan } from '../handlers/index.js';
import type { Stores } from './stores.js';

export interface GuardSurroundings {
  readonly groupId: string;
  readonly stores: Stores;
  readonly emit: EmitEvent;
  readonly log: Log;
}

export interface OpenedGuard {
  readonly guard?: OpenGuard;
  readonly problems: readonly ConfigurationProblem[];
}

/** Sets the guard of a handler to work, if it has one. Its keys belong to the group, the concrete topic and the handler's name, unless it names a consumer. */
export async function openGuard(
  { guard, name, label }: HandlerPlan,
  { groupId, stores, emit, log }: GuardSurroundings,
): Promise<OpenedGuard> {
  if (!guard) return { problems: [] };
  const { consumer } = guard;
  const scopeOf = consumer === undefined ? scopesOf(groupId, name) : () => consumer;
  try {
    const { find: store } = stores;
    return {
      guard: await guard.open({ label, scopeOf, store, resolve: (token) => stores.resolve(token), emit, log }),
      problems: [],
    };
  } catch (error) {
    if (error instanceof ConfigurationError) return { problems: error.problems };
    throw error;
  }
}

/** One text for each topic, not for each record. */
function scopesOf(groupId: string, name: string): (record: { readonly topic: string }) => string {
  const scopes = new Map<string, string>();
  return ({ topic }) => {
    let scope = scopes.get(topic);
    if (scope === undefined) scopes.set(topic, (scope = `${groupId}/${topic}/${name}`));
    return scope;
  };
}
