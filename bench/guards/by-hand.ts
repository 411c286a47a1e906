import { createHash, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { PoolClient } from 'pg';
import { realServices } from '../../test/services/index.js';
import { type Measured, Meter } from '../measure.js';
import { BATCH, type GuardCase, PLACES } from './cases.js';
import { pool } from './database.js';

const INSERT_CLAIM =
  "INSERT INTO bench_inbox VALUES ($1, 'bench', clock_timestamp() + interval '15 days') ON CONFLICT DO NOTHING";
const INSERT_CLAIMS = `INSERT INTO bench_inbox SELECT id, 'bench', clock_timestamp() + interval '15 days'
  FROM unnest($1::bytea[]) AS claimed (id) ON CONFLICT DO NOTHING RETURNING id`;
const INSERT_EFFECT = 'INSERT INTO bench_effect VALUES ($1)';
const MOVE_VERSION = 'UPDATE bench_row SET version = 1 WHERE id = $1 AND version < 1';
const CLAIM_ROW = `UPDATE bench_row SET status = 1, owner = $2, fence = fence + 1, until = clock_timestamp() + interval '1 minute'
  WHERE id = $1 AND status = 0 RETURNING fence`;
const FINISH_ROW = 'UPDATE bench_row SET status = 2 WHERE id = $1 AND status = 1 AND fence = 1';

const keyOf = (id: number) => createHash('sha256').update(`bench\0${id}`).digest();

type Work = (next: () => number | undefined, meter: Meter) => Promise<void>;

const works: Record<GuardCase['guard'], (one: GuardCase) => Promise<{ work: Work; workers: number; end(): unknown }>> =
  {
    async uniqueKey() {
      return onPool(async (client, id) => {
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
        await client.query(INSERT_CLAIM, [keyOf(id)]);
        await client.query(INSERT_EFFECT, [id]);
        await client.query('COMMIT');
      }, PLACES);
    },
    async versionGuard() {
      return onPool(async (client, id) => {
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
        await client.query(MOVE_VERSION, [id]);
        await client.query('COMMIT');
      }, PLACES);
    },
    async statusGuard() {
      const owner = randomUUID();
      return onPool(async (client, id) => {
        await client.query(CLAIM_ROW, [id, owner]);
        await client.query(FINISH_ROW, [id]);
      }, PLACES);
    },
    /** A savepoint before each effect, moved on in one round trip: a record that fails fails alone, as with the guard. */
    uniqueKeyBatched: () =>
      inBatches(async (client, id) => {
        await client.query(id % BATCH === 0 ? 'SAVEPOINT record' : 'RELEASE SAVEPOINT record; SAVEPOINT record');
        await client.query(INSERT_EFFECT, [id]);
      }),
    uniqueKeyClaims: () => inBatches(),
    async setNx({ inFlight }) {
      const redis = new Redis(realServices().redis.url);
      const prefix = `bench:${randomUUID()}:`;
      const work: Work = async (next, meter) => {
        for (let id = next(); id !== undefined; id = next()) {
          await redis.set(prefix + id, 'P', 'PX', 60_000, 'NX');
          await redis.set(prefix + id, 'D', 'PX', 60_000);
          meter.end();
        }
      };
      return { work, workers: inFlight, end: () => redis.disconnect() };
    },
  };

/** One transaction at a time, as the batched guard has it. */
async function inBatches(handle?: (client: PoolClient, id: number) => Promise<void>) {
  const database = pool();
  const client = await database.connect();
  const work: Work = async (next, meter) => {
    for (;;) {
      const batch: number[] = [];
      for (let id = next(); id !== undefined; id = batch.length < BATCH ? next() : undefined) batch.push(id);
      if (batch.length === 0) return;
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      await client.query(INSERT_CLAIMS, [batch.map(keyOf)]);
      if (handle) for (const id of batch) await handle(client, id);
      await client.query('COMMIT');
      meter.end(batch.length);
    }
  };
  return {
    work,
    workers: 1,
    end: () => {
      client.release();
      return database.end();
    },
  };
}

async function onPool(work: (client: PoolClient, id: number) => Promise<void>, workers: number) {
  const database = pool();
  const clients = await Promise.all(Array.from({ length: workers }, () => database.connect()));
  let taken = 0;
  return {
    workers,
    work: (async (next, meter) => {
      const client = clients[taken++]!;
      for (let id = next(); id !== undefined; id = next()) {
        await work(client, id);
        meter.end();
      }
    }) as Work,
    end: () => {
      for (const client of clients) client.release();
      return database.end();
    },
  };
}

/** The work of a guard and its handler, as fast as this client of the store can be made to do it. */
export async function byHand(one: GuardCase): Promise<Measured> {
  const meter = new Meter(one.records);
  const { work, workers, end } = await works[one.guard](one);
  let id = 0;
  const next = () => (id < one.records ? id++ : undefined);
  meter.begin();
  await Promise.all(Array.from({ length: workers }, () => work(next, meter)));
  const measured = await meter.done;
  await end();
  return measured;
}
