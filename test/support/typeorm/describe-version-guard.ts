import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { VersionGuardOptions } from 'nestjs-reliable-kafka/typeorm';
import { currentManager, MissingRowError, PrematureError, versionGuard } from 'nestjs-reliable-kafka/typeorm';
import { EntitySchema } from 'typeorm';
import { Barrier } from '../barrier.js';
import type { DatabaseKind } from '../databases.js';
import type { Guarded, Handle, Process } from './guard-ground.js';
import { GuardGround, newRecord, unexpected } from './guard-ground.js';
import { Account } from './guarded-rows.js';
import { holdWrites, untilOneWaits } from './waiting.js';

const LATEST = { id: 'id', version: 'seq', mode: 'latest', onMissing: 'retry' } as const;
const NEXT = { ...LATEST, mode: 'next' } as const;

/** `versionGuard`, sentence by sentence. `options` are for the DataSource. */
export function describeVersionGuard(kind: DatabaseKind, options: object = {}): void {
  describe(`versionGuard on ${[kind.name, ...Object.values(options)].join(' with ')}`, () => {
    let ground: GuardGround;
    let here: Process;
    let elsewhere: Process;
    let id = 0;

    beforeAll(async () => {
      ground = await GuardGround.on(kind, [Account, Composite, Odd, Unset]);
      here = await ground.process(options);
      elsewhere = await ground.process(options);
    });
    afterAll(() => ground.end());
    beforeEach(() => void id++);

    const guarded = (options: VersionGuardOptions<Account>, on = here) => on.guard(versionGuard(Account, options));
    const account = () => here.dataSource.getRepository(Account).findOneBy({ id });
    const stored = async () => Number((await account())?.seq);
    const given = (seq: number) => here.dataSource.getRepository(Account).insert({ id, seq });
    /** What a handler does: one more each time. */
    const credit: Handle = async () => void (await currentManager().increment(Account, { id }, 'balance', 1));
    const fail: Handle = async (claim) => {
      await credit(claim);
      throw new Error('on purpose');
    };
    const run = (guard: Guarded, seq: unknown, handle: Handle = credit) => guard.run({ id, seq }, handle);

    describe('in mode latest', () => {
      it('runs a record with a higher version, and commits the version with what the handler wrote', async () => {
        const guard = await guarded(LATEST);
        await given(3);
        expect(await run(guard, 7)).toEqual({ kind: 'handled' });
        expect(await account()).toMatchObject({ seq: expect.anything(), balance: 1 });
        expect(await stored()).toBe(7);
      });

      it('takes an equal version for a duplicate and a lower one for superseded, and runs neither', async () => {
        const guard = await guarded(LATEST);
        await given(7);
        expect(await run(guard, 7, unexpected)).toEqual({ kind: 'duplicate' });
        expect(await run(guard, 6, unexpected)).toEqual({ kind: 'superseded' });
        expect(await stored()).toBe(7);
      });

      it('keeps neither the version nor what the handler wrote when it fails, so that the next attempt runs', async () => {
        const guard = await guarded(LATEST);
        await given(3);
        expect(await run(guard, 7, fail)).toMatchObject({ kind: 'failed' });
        expect([await stored(), (await account())?.balance]).toEqual([3, 0]);
        expect(await run(guard, 7)).toEqual({ kind: 'handled' });
        expect([await stored(), (await account())?.balance]).toEqual([7, 1]);
      });

      it('compares versions as numbers, also those that no number of JavaScript can hold', async () => {
        const guard = await guarded(LATEST);
        await given(9);
        expect(await run(guard, '10')).toEqual({ kind: 'handled' });
        expect(await run(guard, '9007199254740993')).toEqual({ kind: 'handled' });
        expect(await run(guard, '9007199254740992', unexpected)).toEqual({ kind: 'superseded' });
        expect(await run(guard, 9007199254740993n, unexpected)).toEqual({ kind: 'duplicate' });
      });
    });

    describe('in mode next', () => {
      it('runs each version once, in turn', async () => {
        const guard = await guarded(NEXT);
        await given(0);
        for (const seq of [1, 2, 3]) expect(await run(guard, seq)).toEqual({ kind: 'handled' });
        for (const seq of [3, 2, 1]) expect(await run(guard, seq, unexpected)).toEqual({ kind: 'duplicate' });
        expect((await account())?.balance).toBe(3);
      });

      it('lets a record that comes too early wait, without an outcome, until the version before it was handled', async () => {
        const guard = await guarded(NEXT);
        await given(3);
        const early = { record: newRecord() };
        const wait = await guard.run({ id, seq: 5 }, unexpected, early);
        expect(wait).toEqual({ kind: 'waiting', reason: 'premature', delay: expect.any(Number) });
        expect(await run(guard, 4)).toEqual({ kind: 'handled' });
        expect(await guard.run({ id, seq: 5 }, credit, early)).toEqual({ kind: 'handled' });
      });

      it('is fatal when the version before it does not come within `prematureFor`', async () => {
        const guard = await guarded({ ...NEXT, prematureFor: 0 });
        await given(3);
        const { error, ...result } = (await run(guard, 5, unexpected)) as { error: Error };
        expect(result).toEqual({ kind: 'failed', fatal: true });
        expect(error).toBeInstanceOf(PrematureError);
        expect(error.message).toContain(`Version 5 of account '${id}' comes too early: the row is at 3, and version 4`);
      });

      it('is fatal at once when the version before it queues behind it in its own lane', async () => {
        const guard = await guarded(NEXT);
        await given(3);
        const behind = [{ id: id + 1_000, seq: 4 }, 'no object', { id, seq: 6 }, { id, seq: 4 }];
        const { error, ...result } = (await guard.run({ id, seq: 5 }, unexpected, { behind })) as { error: Error };
        expect(result).toEqual({ kind: 'failed', fatal: true });
        expect(error.message).toContain(
          'version 4 queues behind this record in its own lane, where it cannot overtake',
        );
        const others = behind.slice(0, 3);
        expect(await guard.run({ id, seq: 5 }, unexpected, { behind: others })).toMatchObject({ kind: 'waiting' });
      });
    });

    describe('where another is at the same row', () => {
      it('waits for it, and is a duplicate when that one commits', async () => {
        const [one, other] = [await guarded(LATEST), await guarded(LATEST, elsewhere)];
        await given(3);
        const { inside, running, leave } = holding(one, 7);
        await inside;
        const later = run(other, 7, unexpected);
        await untilOneWaits(here.dataSource);
        leave();
        expect(await running).toEqual({ kind: 'handled' });
        expect(await later).toEqual({ kind: 'duplicate' });
        expect((await account())?.balance).toBe(1);
      });

      it('waits for it, and runs when that one fails', async () => {
        const [one, other] = [await guarded(LATEST), await guarded(LATEST, elsewhere)];
        await given(3);
        const { inside, running, leave } = holding(one, 7, fail);
        await inside;
        const later = run(other, 7);
        await untilOneWaits(here.dataSource);
        leave();
        expect(await running).toMatchObject({ kind: 'failed' });
        expect(await later).toEqual({ kind: 'handled' });
        expect((await account())?.balance).toBe(1);
      });

      it('repeats the update when the predicate holds by the time the row was looked at', async () => {
        const [one, other] = [await guarded(NEXT), await guarded(NEXT, elsewhere)];
        await given(3);
        const { inside, running, leave } = holding(one, 4);
        await inside;
        // Its update finds the row at 3 and changes nothing; its look waits until the row is at 4.
        const successor = run(other, 5);
        await untilOneWaits(here.dataSource);
        leave();
        expect(await running).toEqual({ kind: 'handled' });
        expect(await successor).toEqual({ kind: 'handled' });
        expect([await stored(), (await account())?.balance]).toEqual([5, 2]);
      });

      it('waits for no lock for longer than the store does: the record waits instead, and counts no attempt', async () => {
        const guard = await guarded(LATEST, await ground.process(options, { lockTimeout: 100 }));
        await given(3);
        const release = await holdWrites(elsewhere.dataSource, Account, { id });
        expect(await run(guard, 7, unexpected)).toEqual({ kind: 'waiting', reason: 'busy', delay: expect.any(Number) });
        await release();
        expect(await run(guard, 7)).toEqual({ kind: 'handled' });
      });

      it('runs once among many at once', async () => {
        const guards = [await guarded(LATEST), await guarded(LATEST, elsewhere)];
        await given(3);
        const results = await Promise.all(Array.from({ length: 20 }, (_, i) => run(guards[i % 2]!, 7)));
        expect(results.filter(({ kind }: { kind: string }) => kind === 'handled')).toHaveLength(1);
        expect((await account())?.balance).toBe(1);
      });
    });

    describe('where there is no row', () => {
      it('retry: fails the attempt, and names the row', async () => {
        const result = await run(await guarded(LATEST), 1, unexpected);
        expect(result).toEqual({ kind: 'failed', error: expect.any(MissingRowError) });
        expect(result).toMatchObject({ error: { message: expect.stringContaining(`There is no account '${id}'`) } });
      });

      it('reject: calls the record terminal', async () => {
        const result = await run(await guarded({ ...LATEST, onMissing: 'reject' }), 1, unexpected);
        expect(result).toEqual({ kind: 'rejected', reason: expect.stringContaining(`There is no account '${id}'`) });
      });

      it('insert: inserts the id and the version, everything else by default, for the handler to fill', async () => {
        const guard = await guarded({ ...LATEST, onMissing: 'insert' });
        let found: unknown;
        const handle: Handle = async (claim) => {
          found = await currentManager().findOneBy(Account, { id });
          await credit(claim);
        };
        expect(await run(guard, 7, handle)).toEqual({ kind: 'handled' });
        expect(found).toMatchObject({ id, balance: 0, email: null });
        expect([await stored(), (await account())?.balance]).toEqual([7, 1]);
      });

      it('insert: takes the row away again when the handler fails', async () => {
        expect(await run(await guarded({ ...LATEST, onMissing: 'insert' }), 7, fail)).toMatchObject({ kind: 'failed' });
        expect(await account()).toBeNull();
      });

      it('insert: in mode next a row that is not there is at 0', async () => {
        const guard = await guarded({ ...NEXT, onMissing: 'insert' });
        expect(await run(guard, 2, unexpected)).toMatchObject({ kind: 'waiting', reason: 'premature' });
        expect(await run(guard, 1)).toEqual({ kind: 'handled' });
        expect(await run(guard, 2)).toEqual({ kind: 'handled' });
      });

      it('insert: an inserter that comes second waits, and its record meets the row of the first', async () => {
        const options = { ...LATEST, onMissing: 'insert' } as const;
        const [one, other] = [await guarded(options), await guarded(options, elsewhere)];
        const { inside, running, leave } = holding(one, 7);
        await inside;
        const later = [run(other, 6, unexpected), run(other, 7, unexpected), run(other, 8)];
        await untilOneWaits(here.dataSource);
        leave();
        expect(await running).toEqual({ kind: 'handled' });
        const [lower, equal, higher] = await Promise.all(later);
        expect(lower).toEqual({ kind: 'superseded' });
        expect(['duplicate', 'superseded']).toContain(equal!.kind);
        expect(higher).toEqual({ kind: 'handled' });
        expect([await stored(), (await account())?.balance]).toEqual([8, 2]);
      });

      it('insert: an inserter that comes second inserts when the first fails', async () => {
        const options = { ...LATEST, onMissing: 'insert' } as const;
        const [one, other] = [await guarded(options), await guarded(options, elsewhere)];
        const { inside, running, leave } = holding(one, 7, fail);
        await inside;
        const later = run(other, 7);
        await untilOneWaits(here.dataSource);
        leave();
        expect(await running).toMatchObject({ kind: 'failed' });
        expect(await later).toEqual({ kind: 'handled' });
      });
    });

    it('finds the row by another column that is unique, and the version wherever the payload has it', async () => {
      const guard = await guarded({
        ...LATEST,
        id: { column: 'email', from: 'user.mail' },
        version: { column: 'seq', from: ({ head }) => head.version },
      });
      await here.dataSource.getRepository(Account).insert({ id, email: `${id}@example.com` });
      const payload = { user: { mail: `${id}@example.com` }, head: { version: 4 } };
      expect(await guard.run(payload, credit)).toEqual({ kind: 'handled' });
      expect([await stored(), (await account())?.balance]).toEqual([4, 1]);
    });

    it('is fatal for a record without an id or a version', async () => {
      const guard = await guarded(LATEST);
      for (const payload of [{ seq: 1 }, { id }, { id: `${id}x`, seq: 1 }, { id, seq: 'x' }])
        expect(await guard.run(payload, unexpected)).toMatchObject({ kind: 'failed', fatal: true });
    });

    describe('does not start', () => {
      const refusal = (schema: EntitySchema<any>, options: object) =>
        here.guard(versionGuard(schema, { ...LATEST, ...options })).then(
          () => 'started',
          ({ message }: Error) => message,
        );

      it('on an entity of another data source', async () => {
        const Unknown = new EntitySchema({ name: 'unknown', columns: { id: { type: 'int', primary: true } } });
        expect(await refusal(Unknown, {})).toMatch(
          /Sms\.dispatch @Idempotent\(versionGuard\): its entity .* is not one of the data source\. List it/,
        );
      });

      it('on names that the entity does not have: all of them are told', async () => {
        const message = await refusal(Account, { id: { column: 'nr', from: 'id' }, version: 'version' });
        expect(message).toContain(
          "its id names 'nr', and account has no such column. Name a property of the entity: id,",
        );
        expect(message).toContain("its version names 'version', and account has no such column");
      });

      it('on an id that may be several rows', async () => {
        expect(await refusal(Composite, {})).toContain('composite has 2 primary columns, and its id could be either');
        expect(await refusal(Account, { id: { column: 'balance', from: 'id' } })).toContain('which is not unique');
        expect(await refusal(Composite, { id: { column: 'one', from: 'id' } })).toContain('which is not unique');
      });

      it('on a version that is no whole number, may be null, or is never updated', async () => {
        expect(await refusal(Odd, { version: 'text' })).toContain('odd.text, which holds no whole numbers');
        expect(await refusal(Odd, { version: 'nullable' })).toContain('odd.nullable, which may be null');
        expect(await refusal(Odd, { version: 'fixed' })).toContain('odd.fixed, which is never updated');
      });

      it('with `insert` on an entity that needs more than id and version', async () => {
        expect(await refusal(Unset, { onMissing: 'insert' })).toContain('unset needs more: name, at');
        expect(await refusal(Unset, { onMissing: 'retry' })).toBe('started');
      });

      it('with options that make no sense', async () => {
        const options = { mode: 'any', onMissing: 'skip', prematureFor: -1, version: 7, other: 1 };
        const message = await refusal(Account, options);
        expect(message.split('\n')).toEqual([
          expect.stringContaining("there is no option 'other'"),
          expect.stringContaining('its version is 7'),
          expect.stringContaining('its mode is any'),
          expect.stringContaining('its onMissing is skip'),
          expect.stringContaining('its prematureFor is -1'),
        ]);
      });
    });

    /** A record whose handler has written, and whose transaction stays open. */
    function holding(guard: Guarded, seq: number, handle: Handle = credit) {
      const inside = new Barrier();
      const way = new Barrier();
      const running = run(guard, seq, async (claim) => {
        await credit(claim);
        inside.open();
        await way.passed;
        await currentManager().decrement(Account, { id }, 'balance', 1);
        await handle(claim);
      });
      return { inside: inside.passed, running, leave: way.open };
    }
  });
}

const id = { type: 'int', primary: true } as const;

const Composite = new EntitySchema({
  name: 'composite',
  columns: { one: id, two: id, seq: { type: 'int' } },
});

const Odd = new EntitySchema({
  name: 'odd',
  columns: {
    id,
    text: { type: String, length: 10 },
    nullable: { type: 'int', nullable: true },
    fixed: { type: 'int', update: false },
  },
});

const Unset = new EntitySchema({
  name: 'unset',
  columns: {
    id,
    seq: { type: 'int' },
    name: { type: String, length: 10 },
    at: { type: 'int' },
    free: { type: 'int', nullable: true },
  },
});
