import { EntitySchema } from 'typeorm';

/** What a handler did in its transaction: one row each time, so that doing it twice shows. */
export interface EffectRow {
  id?: number;
  subject: string;
  message: string;
}

export interface AccountRow {
  id: string;
  version: number;
}

export interface JobRow {
  id: string;
  status: number;
}

export interface CallRow extends JobRow {
  owner: string | null;
  fence: number;
  until: Date | null;
}

/** Statuses of jobs and calls. */
export const CREATED = 0;
export const UNDER_WAY = 1;
export const FINISHED = 2;
export const DEAD = 5;

const id = { type: 'varchar', length: 100, primary: true } as const;
const status = { type: 'int', default: 0 } as const;

export const Effect = new EntitySchema<EffectRow>({
  name: 'effects',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    subject: { type: 'varchar', length: 100 },
    message: { type: 'varchar', length: 100 },
  },
});

/** For `versionGuard`. */
export const Account = new EntitySchema<AccountRow>({
  name: 'accounts',
  columns: { id, version: { type: 'int', default: 0 } },
});

/** For `statusGuard` without `claim`. */
export const Job = new EntitySchema<JobRow>({ name: 'jobs', columns: { id, status } });

/** For `statusGuard` with `claim`. */
export const Call = new EntitySchema<CallRow>({
  name: 'calls',
  columns: {
    id,
    status,
    owner: { type: 'varchar', length: 100, nullable: true },
    fence: { type: 'int', default: 0 },
    until: { type: 'bigint', nullable: true },
  },
});

/** How `statusGuard` claims a call. */
export const CALL_CLAIM = {
  id: 'id',
  from: CREATED,
  to: UNDER_WAY,
  done: [FINISHED],
  dead: DEAD,
  claim: { owner: 'owner', fence: 'fence', until: 'until' },
} as const;

/** For doubles: keys as texts, as short as people make them. */
export const NaiveKey = new EntitySchema<{ id: string }>({
  name: 'naive_keys',
  columns: { id: { type: 'varchar', length: 64, primary: true } },
});

export const ENTITIES = [Effect, Account, Job, Call, NaiveKey];
