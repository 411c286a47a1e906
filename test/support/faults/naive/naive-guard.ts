import { AsyncLocalStorage } from 'node:async_hooks';
import type { Redis } from 'ioredis';
import type { DataSource, EntityManager } from 'typeorm';
import type {
  AttemptResult,
  GuardedCall,
  GuardSetting,
  IdempotencyGuard,
} from '../../../../libs/reliable-kafka/src/contracts/index.js';
import { PLAIN, REDIS } from '../tokens.js';

/** What the doubles are made with: clients without anything of the library around them. */
export interface NaiveTools {
  readonly key: string;
  readonly dataSource: () => DataSource;
  readonly redis: () => Redis;
}

const managers = new AsyncLocalStorage<EntityManager>();

/** The manager of the double's transaction, for its handler. */
export function naiveManager(): EntityManager {
  return managers.getStore()!;
}

export function inNaive<T>(manager: EntityManager, work: () => Promise<T>): Promise<T> {
  return managers.run(manager, work);
}

/** A guard as people write it: known recipes with known holes, kept to show that the matrix finds them. */
export function naiveGuard(
  name: string,
  run: (call: GuardedCall, tools: NaiveTools) => Promise<AttemptResult>,
): IdempotencyGuard {
  return {
    name,
    transactional: false,
    problems: () => [],
    open: async (setting) => ({ run: (call) => run(call, toolsOf(setting, call)) }),
  };
}

function toolsOf({ resolve }: GuardSetting, { attempt: { payload } }: GuardedCall): NaiveTools {
  const { id, key = id } = payload as { id: string; key?: string };
  return {
    key,
    dataSource: () => resolve(PLAIN) as DataSource,
    redis: () => resolve(REDIS) as Redis,
  };
}

export const DUPLICATE: AttemptResult = { kind: 'duplicate' };
export const BUSY: AttemptResult = { kind: 'waiting', reason: 'busy', delay: 50 };
