import type { GuardSetting } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { noStore } from '../idempotency/index.js';
import { TypeormStore } from './typeorm-store.js';

/** The store of the database that has the rows. Throws `ConfigurationError` when there is none. */
export function storeOf(setting: GuardSetting, guard: string, name: string | undefined): TypeormStore {
  const store = setting.store('inbox', name);
  if (store instanceof TypeormStore) return store;
  throw new ConfigurationError([noStore(setting.label, guard, name, 'typeormIdempotency()')]);
}
