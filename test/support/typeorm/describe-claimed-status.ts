import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { ClaimLostError } from 'nestjs-reliable-kafka';
import type { ClaimTold, IdempotencyGuard } from 'nestjs-reliable-kafka';
import type { StatusGuardOptions } from 'nestjs-reliable-kafka/typeorm';
import {
  currentManager,
  InvalidStatusError,
  MissingRowError,
  statusGuard,
  stuckRows,
  UnexpectedStatusError,
} from 'nestjs-reliable-kafka/typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import { beforeUpdate, losingOneCommit } from './around-statements.js';
import type { AttemptResult, CallOptions, Guarded, Handle, Process } from './guard-ground.js';
import { GuardGround, newRecord, replayOf, unexpected } from './guard-ground.js';
import type { Sms, SmsSchema } from './guarded-rows.js';
import { claim, CLAIMED, CREATED, DEAD, DELIVERED, FAILED, SENDING, SENT, smsSchema } from './guarded-rows.js';
import { unconditionalFinalWrite, zeroRowsReturn } from './naive-status.js';
import { lateOwnerChangesNothing, nothingIsLost } from './status-cases.js';
import { holdWrites, killWaiter } from './waiting.js';

const PAST = new Date(0);
const FUTURE = new Date('2100-01-01T00:00:00Z');
const BUSY = { kind: 'waiting', reason: 'busy', delay: expect.any(Number) };

/** `statusGuard` with a claim, sentence by sentence. */
export function describeClaimedStatus(kind: DatabaseKind): void {
  describe(`statusGuard with a claim on ${kind.name}`, () => {
    let ground: GuardGround;
    let Sms: SmsSchema;
    let here: Process;
    let elsewhere: Process;
    let smsId = '';
    let count = 0;

    beforeAll(async () => {
      Sms = smsSchema(kind);
      ground = await GuardGround.on(kind, [Sms]);
      here = await ground.process();
      elsewhere = await ground.process();
    });
    afterAll(() => ground.end());
    beforeEach(() => void (smsId = `sms-${count++}`));

    const guarded = (options: Partial<StatusGuardOptions<Sms>> = {}, on = here) =>
      on.guard(statusGuard(Sms, { ...CLAIMED, ...options }));
    const rows = () => here.dataSource.getRepository(Sms);
    const given = (row: Partial<Sms> = {}) => rows().insert({ id: smsId, madeAt: new Date(), ...row });
    const sms = () => elsewhere.dataSource.getRepository(Sms).findOneByOrFail({ id: smsId });
    const change = (row: Partial<Sms>) => elsewhere.dataSource.getRepository(Sms).update({ id: smsId }, row);
    const lapse = () => change({ until: PAST });
    const run = (guard: Guarded, handle: Handle, options?: CallOptions) => guard.run({ smsId }, handle, options);
    const fail = () => {
      throw new Error('on purpose');
    };

    describe('before the handler runs', () => {
      it('has moved the row, with an owner, a fence and a lease, for everybody to see', async () => {
        await given();
        const before = Date.now();
        let seen: Sms | undefined;
        const handle: Handle = async () => {
          seen = await sms();
          return SENT;
        };
        expect(await run(await guarded({ lease: 3_600_000 }), handle)).toEqual({ kind: 'handled' });
        expect(seen).toMatchObject({ status: SENDING, fence: 1, owner: expect.stringMatching(/^[0-9a-f-]{36}$/) });
        if (kind.name === 'PostgreSQL') expect(seen!.until!.getTime()).toBeGreaterThan(before + 3_000_000);
      });

      it('tells the handler its fence, and that it is the first', async () => {
        await given({ fence: 7 });
        let told: ClaimTold | undefined;
        await run(await guarded(), (claim) => {
          told = claim;
          return SENT;
        });
        expect(told).toMatchObject({ recovered: false, fencingToken: 8n, signal: expect.any(AbortSignal) });
        expect(told!.signal!.aborted).toBe(false);
      });

      it('holds no connection and no place for it, and there is no transaction', async () => {
        const small = await ground.process({ poolSize: 2 });
        const guard = await guarded({}, small);
        expect(guard.open.capacity).toBeUndefined();
        const all = Array.from({ length: 20 }, (_, i) => `${smsId}-${i}`);
        await rows().insert(all.map((id) => ({ id, madeAt: new Date() })));
        const way = new Barrier();
        let inside = 0;
        const results = all.map((id) =>
          guard.run({ smsId: id }, async () => {
            expect(() => currentManager()).toThrow('find no transaction here');
            if (++inside === all.length) way.open();
            await way.passed;
            return SENT;
          }),
        );
        for (const result of await Promise.all(results)) expect(result).toEqual({ kind: 'handled' });
      });
    });

    describe('a row', () => {
      it.each([[SENT], [DELIVERED], [FAILED]])('at %i, which is in done, makes a duplicate', async (status) => {
        await given({ status });
        expect(await run(await guarded(), unexpected)).toEqual({ kind: 'duplicate' });
        expect((await sms()).status).toBe(status);
      });

      it('at dead makes the record terminal, each time that it comes', async () => {
        await given({ status: DEAD });
        const guard = await guarded();
        for (const _ of [1, 2]) expect(await run(guard, unexpected)).toMatchObject({ kind: 'rejected' });
      });

      it('whose record is given up goes to dead, and only a replay of it runs again, with a higher fence', async () => {
        await given();
        const guard = await guarded();
        const record = newRecord();
        expect(await run(guard, fail, { record })).toMatchObject({ kind: 'failed' });
        await guard.open.dying!(record, { smsId });
        expect(await sms()).toMatchObject({ status: DEAD, fence: 1 });
        expect(await run(guard, unexpected, { record: newRecord() })).toMatchObject({ kind: 'rejected' });
        let told: ClaimTold | undefined;
        const replayed = (claimTold: ClaimTold) => {
          told = claimTold;
          return SENT;
        };
        expect(await run(guard, replayed, { record: replayOf(newRecord()) })).toEqual({ kind: 'handled' });
        expect(told).toMatchObject({ recovered: true, fencingToken: 2n });
        expect(await sms()).toMatchObject({ status: SENT, fence: 2 });
      });

      it('whose record is given up before anybody has begun goes to dead as well', async () => {
        await given();
        await (
          await guarded()
        ).open.dying!(newRecord(), { smsId });
        expect(await sms()).toMatchObject({ status: DEAD, fence: 0 });
      });

      it('that another owner has by now stays as it is when the record is given up', async () => {
        await given();
        const guard = await guarded();
        const record = newRecord();
        await run(guard, fail, { record });
        await run(await guarded({}, elsewhere), fail);
        await guard.open.dying!(record, { smsId });
        expect(await sms()).toMatchObject({ status: SENDING, fence: 2 });
      });

      it.each([[SENT], [DEAD], [77]])('at %i stays there when the record is given up', async (status) => {
        await given({ status });
        await (
          await guarded()
        ).open.dying!(newRecord(), { smsId });
        expect((await sms()).status).toBe(status);
      });

      it('that is not there fails the attempt, and is named', async () => {
        const result = await run(await guarded(), unexpected);
        expect(result).toEqual({ kind: 'failed', error: expect.any(MissingRowError) });
        expect(result).toMatchObject({ error: { message: expect.stringContaining(`There is no sms '${smsId}'`) } });
      });

      it('at a status that the guard does not know fails the attempt', async () => {
        await given({ status: 77 });
        expect(await run(await guarded(), unexpected)).toEqual({
          kind: 'failed',
          error: expect.any(UnexpectedStatusError),
        });
        expect((await sms()).status).toBe(77);
      });

      it('under the live lease of another makes the record wait, and it is not run', async () => {
        await given();
        const way = new Barrier();
        const inside = new Barrier();
        const running = run(await guarded(), async () => {
          inside.open();
          await way.passed;
          return SENT;
        });
        await inside.passed;
        const other = await guarded({}, elsewhere);
        expect(await run(other, unexpected)).toEqual(BUSY);
        way.open();
        expect(await running).toEqual({ kind: 'handled' });
        expect(await run(other, unexpected)).toEqual({ kind: 'duplicate' });
      });

      it.each<[string, Partial<Sms>]>([
        ['whose lease has lapsed', { owner: 'another', fence: 4, until: PAST }],
        ['without any lease, from before there was a guard', { owner: null, fence: 0, until: null }],
        ['without a fence either', { owner: null, fence: null, until: null }],
      ])('%s is taken over, and the handler is told', async (_, row) => {
        await given({ status: SENDING, ...row });
        let told: ClaimTold | undefined;
        const result = await run(await guarded(), (claim) => {
          told = claim;
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        const fence = (row.fence ?? 0) + 1;
        expect(told).toMatchObject({ recovered: true, fencingToken: BigInt(fence) });
        expect(await sms()).toMatchObject({ status: SENT, fence });
      });

      it('whose lease has lapsed stops its record with `onUnknown: stop`, and stays as it is', async () => {
        await given({ status: SENDING, owner: 'another', fence: 4, until: PAST });
        const result = await run(await guarded({ onUnknown: 'stop' }), unexpected);
        expect(result).toEqual({
          kind: 'rejected',
          reason: expect.stringContaining('nobody knows how far its owner came'),
        });
        expect(await sms()).toMatchObject({ status: SENDING, owner: 'another', fence: 4 });
      });

      it('whose lease is live stops no record: its owner is at it', async () => {
        await given({ status: SENDING, owner: 'another', fence: 4, until: FUTURE });
        const guard = await guarded({ onUnknown: 'stop' });
        const record = newRecord();
        expect(await run(guard, unexpected, { record })).toEqual(BUSY);
        await change({ status: CREATED });
        expect(await run(guard, () => SENT, { record })).toEqual({ kind: 'handled' });
      });
    });

    describe('a failed attempt', () => {
      it('ends its own lease, and its next attempt runs at once with a higher fence, and is not recovered', async () => {
        await given();
        const guard = await guarded();
        const record = newRecord();
        expect(await run(guard, fail, { record })).toMatchObject({ kind: 'failed' });
        expect(await sms()).toMatchObject({ status: SENDING, fence: 1 });
        let told: ClaimTold | undefined;
        const again: Handle = (claim) => {
          told = claim;
          return SENT;
        };
        expect(await run(guard, again, { record })).toEqual({ kind: 'handled' });
        expect(told).toMatchObject({ recovered: false, fencingToken: 2n });
      });

      it('lets a stranger take over at once, who is told that nobody knows how far it came', async () => {
        await given();
        await run(await guarded(), fail);
        let told: ClaimTold | undefined;
        const result = await run(await guarded({}, elsewhere), (claim) => {
          told = claim;
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect(told).toMatchObject({ recovered: true, fencingToken: 2n });
      });

      it('does not stop its own next attempt with `onUnknown: stop`', async () => {
        await given();
        const guard = await guarded({ onUnknown: 'stop' });
        const record = newRecord();
        await run(guard, fail, { record });
        expect(await run(guard, () => SENT, { record })).toEqual({ kind: 'handled' });
      });

      it('claims again although its lease could not be ended', async () => {
        await given();
        const guard = await guarded();
        const record = newRecord();
        await run(guard, fail, { record });
        await change({ until: FUTURE });
        expect(await run(await guarded({}, elsewhere), unexpected)).toEqual(BUSY);
        expect(await run(guard, () => SENT, { record })).toEqual({ kind: 'handled' });
      });

      it('after a takeover is recovered again: what the first owner did is still unknown', async () => {
        await given({ status: SENDING, fence: 1, until: PAST });
        const guard = await guarded();
        const record = newRecord();
        await run(guard, fail, { record });
        let told: ClaimTold | undefined;
        await run(guard, (claim) => ((told = claim), SENT), { record });
        expect(told).toMatchObject({ recovered: true, fencingToken: 3n });
      });

      it.each([[undefined], [CREATED], ['sent']])(
        'is one that returned %p: fatal, and its lease is ended',
        async (returned) => {
          await given();
          const result = await run(await guarded(), () => returned);
          expect(result).toEqual({ kind: 'failed', fatal: true, error: expect.any(InvalidStatusError) });
          expect((await sms()).status).toBe(SENDING);
          expect(await run(await guarded({}, elsewhere), () => SENT)).toEqual({ kind: 'handled' });
        },
      );
    });

    it('gives back a claim under which the handler never started, so that nobody takes it for unknown', async () => {
      await given();
      const guard = await guarded({ onUnknown: 'stop' });
      expect(await run(guard, unexpected, { neverStarts: true })).toMatchObject({ kind: 'waiting' });
      expect(await sms()).toMatchObject({ status: CREATED, fence: 1 });
      expect(await run(await guarded({ onUnknown: 'stop' }, elsewhere), () => SENT)).toEqual({ kind: 'handled' });
    });

    it('does not give back to `from` what was taken over: the owner of before may have called', async () => {
      await given({ status: SENDING, fence: 3, until: PAST });
      const record = newRecord();
      const guard = await guarded();
      await run(guard, unexpected, { neverStarts: true, record });
      expect(await sms()).toMatchObject({ status: SENDING, fence: 4 });
      let told: ClaimTold | undefined;
      await run(guard, (claim) => ((told = claim), SENT), { record });
      expect(told).toMatchObject({ recovered: true });
    });

    describe('among many at once', () => {
      it('one runs, and the others wait or find it done', async () => {
        await given();
        const guards = [await guarded(), await guarded({}, elsewhere)];
        let runs = 0;
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            run(guards[i % 2]!, async () => {
              runs++;
              await turn();
              return SENT;
            }),
          ),
        );
        expect(runs).toBe(1);
        expect(countOf(results, 'handled')).toBe(1);
        expect(countOf(results, 'waiting') + countOf(results, 'duplicate')).toBe(19);
      });

      it('one takes a lapsed claim over', async () => {
        await given({ status: SENDING, owner: 'another', fence: 4, until: PAST });
        const guards = [await guarded(), await guarded({}, elsewhere)];
        const way = new Barrier();
        let runs = 0;
        const running = Array.from({ length: 20 }, (_, i) =>
          run(guards[i % 2]!, async () => {
            runs++;
            await way.passed;
            return SENT;
          }).finally(() => way.open()),
        );
        const results = await Promise.all(running);
        expect(runs).toBe(1);
        expect(countOf(results, 'handled')).toBe(1);
        expect((await sms()).fence).toBe(5);
      });
    });

    describe('an owner that is late', () => {
      it('changes nothing after another has finished', () => given().then(() => lateOwner(statusGuard(Sms, CLAIMED))));

      it('changes nothing while another is at it', async () => {
        await given();
        const [inside, way] = [new Barrier(), new Barrier()];
        const late = run(await guarded(), async () => {
          inside.open();
          await way.passed;
          return FAILED;
        });
        await inside.passed;
        await lapse();
        const result = await run(await guarded({}, elsewhere), async () => {
          way.open();
          expect(await late).toEqual({ kind: 'failed', error: expect.any(ClaimLostError) });
          expect(await sms()).toMatchObject({ status: SENDING, fence: 2 });
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect((await sms()).status).toBe(SENT);
      });

      it('ends no lease but its own when it fails', async () => {
        await given();
        const [inside, way] = [new Barrier(), new Barrier()];
        const late = run(await guarded(), async () => {
          inside.open();
          await way.passed;
          throw new Error('on purpose');
        });
        await inside.passed;
        await lapse();
        const result = await run(await guarded({}, elsewhere), async () => {
          way.open();
          await late;
          expect(await run(await guarded(), unexpected)).toEqual(BUSY);
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
      });

      it('finishes when its lease has lapsed but nobody took over', async () => {
        await given();
        const result = await run(await guarded(), async () => {
          await lapse();
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect((await sms()).status).toBe(SENT);
      });

      it('would change everything with a final write that compares nothing', async () => {
        await given();
        await expect(lateOwner(unconditionalFinalWrite(Sms))).rejects.toThrow('ClaimLostError');
      });

      const lateOwner = (guard: IdempotencyGuard) =>
        lateOwnerChangesNothing({ guard, here, elsewhere, smsId, lapse, sms });
    });

    describe('a receipt that is quicker than the end of the handler', () => {
      it('stays, and the record is handled', async () => {
        await given();
        const result = await run(await guarded(), async () => {
          await change({ status: DELIVERED });
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect((await sms()).status).toBe(DELIVERED);
      });

      it('that gives the row up makes the record terminal', async () => {
        await given();
        const result = await run(await guarded(), async () => {
          await change({ status: DEAD });
          return SENT;
        });
        expect(result).toMatchObject({ kind: 'rejected' });
        expect((await sms()).status).toBe(DEAD);
      });

      it('under the fence of another owner is no outcome for the late one', async () => {
        await given();
        const result = await run(await guarded(), async () => {
          await change({ status: DELIVERED, fence: 2 });
          return SENT;
        });
        expect(result).toEqual({ kind: 'failed', error: expect.any(ClaimLostError) });
      });
    });

    describe('a final status that the database did not take', () => {
      it('is written by the next attempt, which does not run the handler again', async () => {
        await given();
        const { guard, record } = await losing();
        expect((await sms()).status).toBe(SENDING);
        expect(await run(guard, unexpected, { record })).toEqual({ kind: 'handled' });
        expect((await sms()).status).toBe(SENT);
      });

      it('is not written when another has taken over meanwhile', async () => {
        await given();
        const { guard, record } = await losing();
        await lapse();
        expect(await run(await guarded({}, elsewhere), () => FAILED)).toEqual({ kind: 'handled' });
        expect(await run(guard, unexpected, { record })).toEqual({ kind: 'duplicate' });
        expect((await sms()).status).toBe(FAILED);
      });

      /** Its connection is ended while it waits for the row; in SQLite, where there is none to end, the lock does not come free in time. */
      async function losing() {
        const lockTimeout = kind.name === 'SQLite' ? 100 : 60_000;
        const guard = await guarded({}, await ground.process({}, { lockTimeout }));
        const record = newRecord();
        let release = async () => {};
        const lost = run(
          guard,
          async () => {
            release = await holdWrites(elsewhere.dataSource, Sms, { id: smsId });
            return SENT;
          },
          { record },
        );
        if (kind.name !== 'SQLite') await killWaiter(here.dataSource);
        expect(await lost).toEqual({ kind: 'failed', error: expect.anything() });
        await release();
        return { guard, record };
      }
    });

    describe('a lease', () => {
      it('is renewed while the handler runs', async () => {
        await given();
        const result = await run(await guarded({ lease: 300 }), async ({ signal }) => {
          const first = (await sms()).until!.getTime();
          while ((await sms()).until!.getTime() === first) await turn();
          expect((await sms()).until!.getTime()).toBeGreaterThan(first);
          expect(signal!.aborted).toBe(false);
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
      });

      it('that another has taken aborts the signal of its handler', async () => {
        await given();
        const result = await run(await guarded({ lease: 300 }), async ({ signal }) => {
          await change({ owner: 'another', fence: 2 });
          await once(signal!, 'abort');
          return SENT;
        });
        expect(result).toEqual({ kind: 'failed', error: expect.any(ClaimLostError) });
      });

      it('is not lost by a receipt', async () => {
        await given();
        const result = await run(await guarded({ lease: 300 }), async ({ signal }) => {
          await change({ status: DELIVERED });
          const first = (await sms()).until!.getTime();
          while ((await sms()).until!.getTime() === first && !signal!.aborted) await turn();
          expect(signal!.aborted).toBe(false);
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
      });
    });

    if (kind.name !== 'SQLite')
      it('renews its lease while the application holds every connection of the pool', async () => {
        await given();
        const small = await ground.process({ poolSize: 2 });
        const lease = 900;
        const other = await guarded({ lease }, elsewhere);
        const result = await run(await guarded({ lease }, small), async ({ signal }) => {
          const held = [small.dataSource.createQueryRunner(), small.dataSource.createQueryRunner()];
          await Promise.all(held.map((runner) => runner.connect()));
          try {
            // By the clock of the database: two leases after the first one began.
            const end = (await sms()).until!.getTime() + 2 * lease;
            while ((await sms()).until!.getTime() < end && !signal!.aborted) await turn();
            expect(signal!.aborted).toBe(false);
            expect(await run(other, unexpected)).toEqual(BUSY);
          } finally {
            await Promise.all(held.map((runner) => runner.release()));
          }
          return SENT;
        });
        expect(result).toEqual({ kind: 'handled' });
        expect(await sms()).toMatchObject({ status: SENT, fence: 1 });
      });

    if (kind.name !== 'SQLite')
      describe('at the worst moment', () => {
        it('knows its own claim when the answer to it was lost, and is not recovered', async () => {
          await given();
          const { begin, around } = losingOneCommit();
          const guard = await guarded({ onUnknown: 'stop' }, await ground.process({}, { around }));
          const record = newRecord();
          begin();
          expect(await run(guard, unexpected, { record })).toMatchObject({ kind: 'failed' });
          expect(await sms()).toMatchObject({ status: SENDING, fence: 1 });
          let told: ClaimTold | undefined;
          expect(await run(guard, (claim) => ((told = claim), SENT), { record })).toEqual({ kind: 'handled' });
          expect(told).toMatchObject({ recovered: false, fencingToken: 2n });
        });

        it('is handled when the answer to its final status was lost', async () => {
          await given();
          const { begin, around } = losingOneCommit();
          const guard = await guarded({}, await ground.process({}, { around }));
          const record = newRecord();
          expect(await run(guard, () => (begin(), SENT), { record })).toMatchObject({ kind: 'failed' });
          expect((await sms()).status).toBe(SENT);
          expect(await run(guard, unexpected, { record })).toEqual({ kind: 'handled' });
        });

        it.each<[string, Partial<Sms>]>([
          ['renews its lease late', { until: FUTURE }],
          ['is taken over by another one, whose lease lapses as well', { owner: 'third', fence: 5, until: PAST }],
        ])('takes nothing over when the owner that was found lapsed %s', async (_, row) => {
          await given({ status: SENDING, owner: 'another', fence: 4, until: PAST });
          const { begin, around } = beforeUpdate(2, () => change(row));
          const guard = await guarded({}, await ground.process({}, { around }));
          begin();
          expect(await run(guard, unexpected)).toEqual(BUSY);
          expect(await sms()).toMatchObject({ owner: 'another', fence: 4, ...row });
        });
      });

    it('waits for no lock for longer than the store does: the record waits instead', async () => {
      await given();
      const guard = await guarded({}, await ground.process({}, { lockTimeout: 100 }));
      const release = await holdWrites(elsewhere.dataSource, Sms, { id: smsId });
      expect(await run(guard, unexpected)).toEqual(BUSY);
      await release();
      expect(await run(guard, () => SENT)).toEqual({ kind: 'handled' });
    });

    describe('with a channel that fails now and then', () => {
      it('loses none of many messages', () => recipe(statusGuard(Sms, CLAIMED)));

      it('loses messages with the known recipe, "0 rows: return"', async () => {
        await expect(recipe(zeroRowsReturn(Sms))).rejects.toThrow(`${smsId}-7`);
      });

      const recipe = async (guard: IdempotencyGuard) => {
        const ids = Array.from({ length: 100 }, (_, i) => `${smsId}-${i}`);
        await rows().insert(ids.map((id) => ({ id, madeAt: new Date() })));
        await nothingIsLost({ guard: await here.guard(guard), ids });
      };
    });

    describe('the report of rows that are stuck', () => {
      it('lists rows whose lease lapsed long ago, or that were made long ago and never claimed; the oldest lease first', async () => {
        const hours = (n: number) => new Date(Date.now() - n * 3_600_000);
        await rows().clear();
        const sending = { status: SENDING, madeAt: hours(100) };
        await rows().insert([
          { id: 'running', ...sending, until: FUTURE },
          { id: 'lapsed', ...sending, until: hours(100) },
          { id: 'retrying', ...sending, until: hours(24) },
          { id: 'longest', ...sending, until: PAST },
          { id: 'unclaimed', ...sending },
          { id: 'new', madeAt: hours(0) },
          { id: 'forgotten', madeAt: hours(100) },
          { id: 'sent', status: SENT, madeAt: hours(100), until: PAST },
        ]);
        const found = await stuckRows(here.dataSource, Sms, {
          at: [CREATED, SENDING],
          claim,
          olderThan: 72 * 3_600_000,
          since: 'madeAt',
        });
        const ids = found.map(({ id }) => id);
        expect([...ids].toSorted()).toEqual(['forgotten', 'lapsed', 'longest', 'unclaimed']);
        expect(ids.indexOf('longest')).toBeLessThan(ids.indexOf('lapsed'));
        const atTo = await stuckRows(here.dataSource, Sms, {
          at: [SENDING],
          claim,
          olderThan: 72 * 3_600_000,
          limit: 2,
        });
        expect(atTo).toHaveLength(2);
      });
    });
  });
}

function countOf(results: readonly AttemptResult[], kind: AttemptResult['kind']): number {
  return results.filter((one) => one.kind === kind).length;
}
