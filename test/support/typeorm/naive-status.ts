import type { IdempotencyGuard, OpenGuard } from 'nestjs-reliable-kafka';
import type { TypeormStore } from 'nestjs-reliable-kafka/typeorm';
import { IsNull, LessThan } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { SmsSchema } from './guarded-rows.js';
import { CREATED, SENDING } from './guarded-rows.js';

/** What people write before a call to others: the claim moves the status, and no row means that somebody else did it. */
export function zeroRowsReturn(Sms: SmsSchema): IdempotencyGuard {
  return naive('0 rows: return', (manager) => async ({ attempt, execute }) => {
    const { smsId: id } = attempt.payload as { smsId: string };
    const { affected } = await manager.update(Sms, { id, status: CREATED }, { status: SENDING });
    if (affected === 0) return { kind: 'duplicate' };
    const { result, value } = await execute({});
    if (result.kind === 'handled') await manager.update(Sms, { id }, { status: value as number });
    return result;
  });
}

/** A claim with a lease, and a final write that does not ask whose claim it is by now. */
export function unconditionalFinalWrite(Sms: SmsSchema): IdempotencyGuard {
  return naive('unconditional final write', (manager) => async ({ attempt, execute }) => {
    const { smsId: id } = attempt.payload as { smsId: string };
    const [now, until] = [new Date(), new Date(Date.now() + 60_000)];
    const free = [
      { id, status: CREATED, until: IsNull() },
      { id, status: SENDING, until: LessThan(now) },
    ];
    const { affected } = await manager.update(Sms, free, { status: SENDING, until });
    if (affected === 0) return { kind: 'waiting', reason: 'busy', delay: 100 };
    const { result, value } = await execute({});
    if (result.kind === 'handled') await manager.update(Sms, { id }, { status: value as number });
    return result;
  });
}

function naive(name: string, runWith: (manager: EntityManager) => OpenGuard['run']): IdempotencyGuard {
  return {
    name,
    transactional: false,
    problems: () => [],
    open: async ({ store }) => ({ run: runWith((store('inbox') as TypeormStore).dataSource.manager) }),
  };
}
