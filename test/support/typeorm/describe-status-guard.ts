import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StatusGuardOptions } from 'nestjs-reliable-kafka/typeorm';
import {
  currentManager,
  InvalidStatusError,
  MissingRowError,
  statusGuard,
  UnexpectedStatusError,
} from 'nestjs-reliable-kafka/typeorm';
import { EntitySchema } from 'typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import type { CallOptions, Guarded, Handle, Process } from './guard-ground.js';
import { GuardGround, newRecord, replayOf, unexpected } from './guard-ground.js';
import type { Sms, SmsSchema } from './guarded-rows.js';
import { CLAIMED, CREATED, DEAD, DELIVERED, FAILED, SENDING, SENT, smsSchema } from './guarded-rows.js';
import { holdWrites, untilOneWaits } from './waiting.js';

const MOVED = { id: 'smsId', from: CREATED, to: SENDING, done: [SENT, DELIVERED, FAILED], dead: DEAD } as const;

/** `statusGuard` in the handler's transaction, and what it refuses to start with. */
export function describeStatusGuard(kind: DatabaseKind): void {
  describe(`statusGuard without claim on ${kind.name}`, () => {
    let ground: GuardGround;
    let Sms: SmsSchema;
    let here: Process;
    let elsewhere: Process;
    let smsId = '';
    let count = 0;

    beforeAll(async () => {
      Sms = smsSchema(kind);
      ground = await GuardGround.on(kind, [Sms, Odd]);
      here = await ground.process();
      elsewhere = await ground.process();
    });
    afterAll(() => ground.end());
    beforeEach(() => void (smsId = `sms-${count++}`));

    const guarded = (options: Partial<StatusGuardOptions<Sms>> = {}, on = here) =>
      on.guard(statusGuard(Sms, { ...MOVED, ...options }));
    const given = (status: number) =>
      here.dataSource.getRepository(Sms).insert({ id: smsId, status, madeAt: new Date() });
    const sms = () => here.dataSource.getRepository(Sms).findOneByOrFail({ id: smsId });
    const run = (guard: Guarded, handle: Handle, options?: CallOptions) => guard.run({ smsId }, handle, options);
    const writing = (note: string) => currentManager().update(Sms, { id: smsId }, { note });

    it('moves the row from one status to the other, runs the handler, and commits the status that it returns with what it wrote', async () => {
      await given(CREATED);
      let during: number | undefined;
      const result = await run(await guarded(), async () => {
        await writing('done');
        during = (await currentManager().findOneByOrFail(Sms, { id: smsId })).status;
        return SENT;
      });
      expect(result).toEqual({ kind: 'handled' });
      expect(during).toBe(SENDING);
      expect(await sms()).toMatchObject({ status: SENT, note: 'done' });
    });

    it('keeps neither status nor effects when the handler fails, so that the next attempt runs', async () => {
      await given(CREATED);
      const guard = await guarded();
      const result = await run(guard, async () => {
        await writing('failed');
        throw new Error('on purpose');
      });
      expect(result).toMatchObject({ kind: 'failed' });
      expect(await sms()).toMatchObject({ status: CREATED, note: '' });
      expect(await run(guard, () => SENT)).toEqual({ kind: 'handled' });
    });

    it('takes every status of `done` for a duplicate, and runs none', async () => {
      const guard = await guarded();
      for (const status of MOVED.done) {
        smsId = `${smsId}-${status}`;
        await given(status);
        expect(await run(guard, unexpected)).toEqual({ kind: 'duplicate' });
        expect((await sms()).status).toBe(status);
      }
    });

    it('rejects a record whose row is dead, each time that it comes', async () => {
      await given(DEAD);
      const guard = await guarded();
      for (const _ of [1, 2])
        expect(await run(guard, unexpected)).toEqual({
          kind: 'rejected',
          reason: `sms '${smsId}' is at its dead status`,
        });
    });

    it('writes that a record was given up, and runs a replay of it', async () => {
      await given(CREATED);
      const guard = await guarded();
      await guard.open.dying!(newRecord(), { smsId });
      expect((await sms()).status).toBe(DEAD);
      expect(await run(guard, unexpected)).toMatchObject({ kind: 'rejected' });
      expect(await run(guard, () => SENT, { record: replayOf(newRecord()) })).toEqual({ kind: 'handled' });
      expect((await sms()).status).toBe(SENT);
    });

    it('leaves a row alone that is not at `from` when its record is given up', async () => {
      const guard = await guarded();
      for (const status of [SENT, DEAD, 77]) {
        smsId = `${smsId}-${status}`;
        await given(status);
        await guard.open.dying!(newRecord(), { smsId });
        expect((await sms()).status).toBe(status);
      }
    });

    it('fails the attempt where there is no row, and names it', async () => {
      const result = await run(await guarded(), unexpected);
      expect(result).toEqual({ kind: 'failed', error: expect.any(MissingRowError) });
      expect(result).toMatchObject({ error: { message: expect.stringContaining(`There is no sms '${smsId}'`) } });
    });

    it.each([[SENDING], [77]])(
      'fails the attempt where the row is at %i, from which it knows no way on',
      async (status) => {
        await given(status);
        const result = await run(await guarded(), unexpected);
        expect(result).toEqual({ kind: 'failed', error: expect.any(UnexpectedStatusError) });
        expect((await sms()).status).toBe(status);
      },
    );

    it('stays at `to` when the handler returns nothing and `to` is final', async () => {
      await given(CREATED);
      const guard = await guarded({ to: SENT });
      expect(await run(guard, async () => void (await writing('kept')))).toEqual({ kind: 'handled' });
      expect(await sms()).toMatchObject({ status: SENT, note: 'kept' });
      expect(await run(guard, unexpected)).toEqual({ kind: 'duplicate' });
    });

    it.each([[undefined], [SENDING], ['sent']])(
      'is fatal when the handler returns %p, and nothing is kept',
      async (returned) => {
        await given(CREATED);
        const result = await run(await guarded(), async () => {
          await writing('lost');
          return returned;
        });
        expect(result).toEqual({ kind: 'failed', fatal: true, error: expect.any(InvalidStatusError) });
        expect(await sms()).toMatchObject({ status: CREATED, note: '' });
      },
    );

    it.each([[undefined], [DELIVERED]])(
      'is final where the handler wrote it in the transaction, and returned %p',
      async (returned) => {
        await given(CREATED);
        const result = await run(await guarded(), async () => {
          await currentManager().update(Sms, { id: smsId }, { status: DELIVERED });
          return returned;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect((await sms()).status).toBe(DELIVERED);
      },
    );

    it.each([
      [DELIVERED, SENT],
      [77, undefined],
    ])('is fatal when the handler wrote %p and returned %p', async (written, returned) => {
      await given(CREATED);
      const result = await run(await guarded(), async () => {
        await currentManager().update(Sms, { id: smsId }, { status: written });
        return returned;
      });
      expect(result).toEqual({ kind: 'failed', fatal: true, error: expect.any(InvalidStatusError) });
      expect((await sms()).status).toBe(CREATED);
    });

    it('writes a dead status with the effects, and rejects the record', async () => {
      await given(CREATED);
      const result = await run(await guarded(), async () => {
        await writing('given up');
        return DEAD;
      });
      expect(result).toMatchObject({ kind: 'rejected' });
      expect(await sms()).toMatchObject({ status: DEAD, note: 'given up' });
    });

    it('waits for another that is at the row, and is a duplicate when that one commits', async () => {
      await given(CREATED);
      const [one, other] = [await guarded(), await guarded({}, elsewhere)];
      const [inside, way] = [new Barrier(), new Barrier()];
      const running = run(one, async () => {
        inside.open();
        await way.passed;
        return SENT;
      });
      await inside.passed;
      const later = run(other, unexpected);
      await untilOneWaits(here.dataSource);
      way.open();
      expect(await running).toEqual({ kind: 'handled' });
      expect(await later).toEqual({ kind: 'duplicate' });
    });

    it('waits for another that is at the row, and runs when that one fails', async () => {
      await given(CREATED);
      const [one, other] = [await guarded(), await guarded({}, elsewhere)];
      const [inside, way] = [new Barrier(), new Barrier()];
      const running = run(one, async () => {
        inside.open();
        await way.passed;
        throw new Error('on purpose');
      });
      await inside.passed;
      const later = run(other, () => FAILED);
      await untilOneWaits(here.dataSource);
      way.open();
      expect(await running).toMatchObject({ kind: 'failed' });
      expect(await later).toEqual({ kind: 'handled' });
      expect((await sms()).status).toBe(FAILED);
    });

    it('waits for no lock for longer than the store does: the record waits instead', async () => {
      await given(CREATED);
      const guard = await guarded({}, await ground.process({}, { lockTimeout: 100 }));
      const release = await holdWrites(elsewhere.dataSource, Sms, { id: smsId });
      expect(await run(guard, unexpected)).toEqual({ kind: 'waiting', reason: 'busy', delay: expect.any(Number) });
      await release();
      expect(await run(guard, () => SENT)).toEqual({ kind: 'handled' });
    });

    describe('does not start', () => {
      const refusal = (schema: EntitySchema<any>, options: object) =>
        here.guard(statusGuard(schema, { ...CLAIMED, ...options })).then(
          () => 'started',
          ({ message }: Error) => message,
        );

      it('on names that the entity does not have: all of them are told, with class, method, option and remedy', async () => {
        const message = await refusal(Sms, {
          status: 'state',
          claim: { owner: 'claim_owner', fence: 'version', until: 'lease' },
        });
        expect(
          message.match(
            /Sms\.dispatch @Idempotent\(statusGuard\): its (\S+) names '(\S+)', and sms has no such column/g,
          ),
        ).toEqual([
          expect.stringContaining("its status names 'state'"),
          expect.stringContaining("its claim.until names 'lease'"),
          expect.stringContaining("its claim.owner names 'claim_owner'"),
          expect.stringContaining("its claim.fence names 'version'"),
        ]);
        expect(message).toContain('Name a property of the entity: id, status, note, owner, fence, until');
      });

      it('with columns that cannot hold a claim', async () => {
        const odd = { owner: 'owner', fence: 'text', until: 'text' };
        const message = await refusal(Odd, { claim: odd });
        expect(message).toContain('its claim.fence names odd.text, which holds no whole numbers');
        expect(message).toContain('its claim.until names odd.text, which cannot hold a time to the millisecond');
      });

      it.each([
        [
          '`to` is in done, where a failed call would be skipped',
          { to: SENT },
          "its to ('2') is in done. Take it out: a row whose call failed",
        ],
        ['dead is in done', { dead: FAILED }, "its dead ('4') is in done. Take it out: what was given up was not done"],
        ['from is in done', { from: SENT }, "its from ('2') is in done"],
        ['from and to are one', { from: SENDING }, "its from and its to are both '1'"],
        ['dead is on the way', { dead: SENDING }, "its dead ('1') is from or to"],
        ['there is no status', { from: undefined }, 'its from is undefined'],
        ['nothing is done', { done: [] }, 'its done is []'],
        ['onUnknown is not said', { onUnknown: undefined }, "its onUnknown is undefined. Give 'retry' or 'stop'"],
        ['the lease is too short', { lease: 99 }, 'its lease is 99. Give a number of milliseconds of at least 100'],
        ['the lease is no number', { lease: '60s' }, 'its lease is 60s'],
        ['the claim is not whole', { claim: { owner: 'owner' } }, 'its claim is {"owner":"owner"}'],
        [
          'there is a lease without a claim',
          { claim: undefined, onUnknown: undefined, lease: 100 },
          'it has lease, but no claim',
        ],
        ['an option is misspelt', { onUnkown: 'stop' }, "there is no option 'onUnkown'"],
        ['the id is no selector', { id: 'a..b' }, 'its id is a..b'],
      ])('when %s', async (_, options, told) => {
        expect(await refusal(Sms, options)).toContain(told);
      });
    });
  });
}

const Odd = new EntitySchema({
  name: 'odd',
  columns: {
    id: { type: 'int', primary: true },
    status: { type: 'int' },
    owner: { type: String, length: 100, nullable: true },
    text: { type: String, length: 10 },
  },
});
