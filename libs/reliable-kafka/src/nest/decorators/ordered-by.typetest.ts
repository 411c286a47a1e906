/** Checked by `tsc --noEmit`: each `@ts-expect-error` is a line that must not compile. */
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { NOTHING, PARTITION, RECORD_KEY, TOPIC } from '../../contracts/index.js';
import type { RecordContext } from '../context/index.js';
import { CommitAfter, Handler, OrderedBy } from './index.js';
import type { Path } from './index.js';

interface Sms {
  userId: string;
  parts: number;
  sequence: bigint;
  text?: string;
  urgent: boolean;
  tags: string[];
  sentAt: Date;
  user: { id: string; nick?: string; address: { zip: number } };
  sender?: { id: string };
}

const paths: Path<Sms>[] = ['userId', 'parts', 'sequence', 'user.id', 'user.address.zip'];
// @ts-expect-error an optional property may be absent
const optional: Path<Sms> = 'text';
// @ts-expect-error so may everything below an optional property
const belowOptional: Path<Sms> = 'sender.id';
// @ts-expect-error a boolean is no key
const boolean: Path<Sms> = 'urgent';
// @ts-expect-error a list is no key
const list: Path<Sms> = 'tags';
// @ts-expect-error a date is no key
const date: Path<Sms> = 'sentAt';
// @ts-expect-error an object is no key
const object: Path<Sms> = 'user';
// @ts-expect-error a misspelt path
const misspelt: Path<Sms> = 'userID';
const anything: Path<any> = 'what.ever';

@OrderedBy<Sms>('userId')
@CommitAfter('batch', { mode: 'sync' })
export class Handlers {
  @EventPattern<string>('a')
  @OrderedBy<Sms>('userId')
  typed(@Payload() _sms: Sms, @Ctx() _context: RecordContext): void {}

  @EventPattern<string>('a')
  @OrderedBy<Sms>('userId')
  contextFirst(@Ctx() _context: RecordContext, @Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  @OrderedBy<Sms>('userId')
  narrower(@Payload() _sms: { userId: string }): void {}

  @EventPattern<string>('a')
  @OrderedBy('userId')
  untyped(@Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  // @ts-expect-error a misspelt path
  @OrderedBy<Sms>('usreId')
  misspelt(@Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  // @ts-expect-error no parameter takes what the path was checked against
  @OrderedBy<Sms>('userId')
  mistaken(@Payload() _sms: { orderId: string }): void {}

  @EventPattern<string>('a')
  @OrderedBy((sms: Sms) => sms.user.id)
  byFunction(@Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  @OrderedBy<Sms>((sms, record) => `${sms.userId}-${record.partition}`)
  byTypedFunction(@Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  // @ts-expect-error a selector is synchronous
  @OrderedBy(async (sms: Sms) => sms.userId)
  asynchronous(@Payload() _sms: Sms): void {}

  @EventPattern<string>('a')
  // @ts-expect-error a function must give a key
  @OrderedBy((sms: Sms) => sms.text)
  byOptional(@Payload() _sms: Sms): void {}

  @OrderedBy(RECORD_KEY)
  @CommitAfter({ count: 10 })
  byRecordKey(): void {}

  @OrderedBy(PARTITION)
  @CommitAfter('record')
  byPartition(): void {}

  @OrderedBy(TOPIC)
  @CommitAfter('manual')
  byTopic(): void {}

  @OrderedBy(NOTHING)
  @Handler('all-at-once')
  byNothing(): void {}

  // @ts-expect-error some other symbol
  @OrderedBy(Symbol('other'))
  byOther(): void {}

  // @ts-expect-error a policy that does not exist
  @CommitAfter('never')
  never(): void {}
}

export const used = [paths, optional, belowOptional, boolean, list, date, object, misspelt, anything];
