import { Controller, Injectable } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Idempotent } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import {
  currentManager,
  OutsideTransactionError,
  Tx,
  typeormIdempotency,
  uniqueKey,
} from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntityManager, Repository } from 'typeorm';
import { pure } from '../../integration/nest/apps.js';
import type { Microservice } from '../../integration/nest/apps.js';
import type { DatabaseKind, TestDatabase } from '../databases.js';
import { Effect } from './stores.js';

interface Order {
  readonly id: string;
  readonly fails?: boolean;
}

@Injectable()
class Deep {
  async write(id: string): Promise<void> {
    await currentManager().getRepository(Effect).save({ id });
  }
}

@Controller()
class Orders {
  constructor(
    private readonly deep: Deep,
    @InjectRepository(Effect) private readonly effects: Repository<Effect>,
  ) {}

  @EventPattern<string>('orders')
  @Idempotent(uniqueKey({ key: 'id' }))
  async handle(@Payload() { id, fails }: Order, @Tx() tx: EntityManager) {
    await tx.insert(Effect, { id: `${id} by parameter` });
    await this.deep.write(`${id} by the current one`);
    if (fails) throw new Error('of the handler');
  }

  @EventPattern<string>('outside')
  @Idempotent(uniqueKey({ key: 'id' }))
  async outside(@Payload() { id }: Order) {
    await this.effects.insert({ id });
  }

  @EventPattern<string>('unguarded')
  async unguarded(@Payload() { id }: Order) {
    await this.effects.insert({ id });
  }
}

/** Handlers of a Nest application behind `uniqueKey()`. */
export function describeHandlers(kind: DatabaseKind): void {
  describe(`handlers in a transaction on ${kind.name}`, () => {
    let database: TestDatabase;
    let app: Microservice;
    beforeAll(async () => {
      database = await kind.make();
      const options = { ...database.options, entities: [Effect], synchronize: true } as DataSourceOptions;
      app = await pure([Orders], {
        options: { idempotency: [typeormIdempotency()] },
        imports: [TypeOrmModule.forRoot(options), TypeOrmModule.forFeature([Effect])],
        providers: [Deep],
      });
    });
    afterAll(async () => {
      await app.close();
      await database.end();
    });

    async function written(id: string): Promise<string[]> {
      const rows = await app
        .get<DataSource>(DataSource)
        .getRepository(Effect)
        .find({ order: { id: 'ASC' } });
      return rows.map((row) => row.id).filter((one) => one.startsWith(id));
    }

    it('write through @Tx() and currentManager(), once per key', async () => {
      expect(await deliver(app, 'orders', { id: 'one' })).toEqual({ kind: 'handled' });
      expect(await deliver(app, 'orders', { id: 'one' })).toEqual({ kind: 'duplicate' });
      expect(await written('one')).toEqual(['one by parameter', 'one by the current one']);
    });

    it('fail without a trace, and run again', async () => {
      expect(await deliver(app, 'orders', { id: 'two', fails: true })).toMatchObject({ kind: 'failed' });
      expect(await written('two')).toEqual([]);
      expect(await deliver(app, 'orders', { id: 'two' })).toEqual({ kind: 'handled' });
      expect(await written('two')).toHaveLength(2);
    });

    it('cannot use a repository that was injected', async () => {
      expect(await deliver(app, 'outside', { id: 'three' })).toMatchObject({
        kind: 'failed',
        error: expect.any(OutsideTransactionError),
      });
      expect(await written('three')).toEqual([]);
    });

    it('without a guard, they can', async () => {
      expect(await deliver(app, 'unguarded', { id: 'four' })).toEqual({ kind: 'handled' });
      expect(await written('four')).toEqual(['four']);
    });
  });
}
