import { expect } from '@jest/globals';
import type { IdempotencyGuard } from 'nestjs-reliable-kafka';
import { Barrier } from '../barrier.js';
import type { Guarded, Process } from './guard-ground.js';
import { newRecord } from './guard-ground.js';
import type { Sms } from './guarded-rows.js';
import { FAILED, SENT } from './guarded-rows.js';

/** One case for a guard and for the naive double that fails it: an owner whose lease has lapsed comes back after another has sent the message. */
export async function lateOwnerChangesNothing({
  guard,
  here,
  elsewhere,
  smsId,
  lapse,
  sms,
}: {
  guard: IdempotencyGuard;
  here: Process;
  elsewhere: Process;
  smsId: string;
  lapse: () => Promise<unknown>;
  sms: () => Promise<Sms>;
}): Promise<void> {
  const [inside, way] = [new Barrier(), new Barrier()];
  const late = (await here.guard(guard)).run({ smsId }, async () => {
    inside.open();
    await way.passed;
    return FAILED;
  });
  await inside.passed;
  await lapse();
  const result = await (await elsewhere.guard(guard)).run({ smsId }, () => SENT);
  way.open();
  const lateResult = await late;
  expect(result).toEqual({ kind: 'handled' });
  expect(lateResult).toMatchObject({ kind: 'failed', error: { name: 'ClaimLostError' } });
  expect((await sms()).status).toBe(SENT);
}

const ATTEMPTS = 5;

/** One case for a guard and for the naive double that fails it: one call in twenty fails, and a record is given up by no outcome but a good one. */
export async function nothingIsLost({ guard, ids }: { guard: Guarded; ids: readonly string[] }): Promise<void> {
  const sent = new Set<string>();
  let calls = 0;
  for (const smsId of ids) {
    const record = newRecord();
    for (let attempt = 1, isOver = false; !isOver && attempt <= ATTEMPTS; attempt++) {
      const { kind } = await guard.run({ smsId }, () => call(smsId), { record });
      isOver = kind === 'handled' || kind === 'duplicate';
    }
  }
  expect(ids.filter((id) => !sent.has(id))).toEqual([]);

  function call(smsId: string): number {
    if (calls++ % 20 === 7) throw new Error('The channel failed');
    sent.add(smsId);
    return SENT;
  }
}
