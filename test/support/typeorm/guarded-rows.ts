import { EntitySchema } from 'typeorm';
import type { DatabaseKind } from '../databases.js';

/** What `versionGuard` moves. */
export interface Account {
  id: number;
  seq: number;
  balance: number;
  email: string | null;
}

export const Account = new EntitySchema<Account>({
  name: 'account',
  columns: {
    id: { type: 'int', primary: true },
    seq: { type: 'bigint', default: 0 },
    balance: { type: 'int', default: 0 },
    email: { type: String, length: 100, nullable: true, unique: true },
  },
});

/** What `statusGuard` moves. */
export interface Sms {
  id: string;
  status: number;
  note: string;
  owner: string | null;
  fence: number | null;
  until: Date | null;
  madeAt: Date;
}

export type SmsSchema = EntitySchema<Sms>;

export const CREATED = 0;
export const SENDING = 1;
export const SENT = 2;
export const DELIVERED = 3;
export const FAILED = 4;
export const DEAD = 5;

/** Its lease ends in the type that each database has for times. */
export function smsSchema({ name }: DatabaseKind): SmsSchema {
  const type = name === 'PostgreSQL' ? 'timestamptz' : 'datetime';
  return new EntitySchema<Sms>({
    name: 'sms',
    columns: {
      id: { type: String, length: 100, primary: true },
      status: { type: 'smallint', default: CREATED },
      note: { type: String, length: 100, default: '' },
      owner: { name: 'claim_owner', type: String, length: 100, nullable: true },
      fence: { name: 'claim_fence', type: 'int', default: 0, nullable: true },
      until: { name: 'claim_until', type, precision: type === 'datetime' ? 3 : undefined, nullable: true },
      madeAt: { type, precision: type === 'datetime' ? 3 : undefined },
    },
  });
}

export const claim = { owner: 'owner', fence: 'fence', until: 'until' } as const;

/** What the guard of these tests is given, with a claim. */
export const CLAIMED = {
  id: 'smsId',
  from: CREATED,
  to: SENDING,
  done: [SENT, DELIVERED, FAILED],
  dead: DEAD,
  claim,
  onUnknown: 'retry',
} as const;
