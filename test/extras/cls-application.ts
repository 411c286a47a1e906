import { createRequire } from 'node:module';
import { Controller, Inject, Injectable } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Idempotent, ReliableKafkaModule, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { currentManager, typeormIdempotency, uniqueKey } from 'nestjs-reliable-kafka/typeorm';
import { DataSource } from 'typeorm';
import type { DataSourceOptions, EntityManager } from 'typeorm';
import { Effect } from '../support/typeorm/stores.js';

/**
 * An application with `@nestjs-cls/transactional`, in a process of its own: the packages of Nest are CommonJS there and ES modules here, which Jest
 * does not join. Takes the options of a DataSource; tells what became of each step of the story, as JSON.
 */
const extras = createRequire(import.meta.url);
const { ClsModule } = extras('nestjs-cls');
const { ClsPluginTransactional, Propagation, Transactional, TransactionHost } = extras('@nestjs-cls/transactional');
const { TransactionalAdapterTypeOrm } = extras('@nestjs-cls/transactional-adapter-typeorm');

/** As its users write it: not a word of Kafka or of claims. */
@Injectable()
class Accounts {
  readonly seen = new Set<unknown>();

  constructor(@Inject(TransactionHost) private readonly host: { readonly tx: EntityManager }) {}

  @Transactional()
  joined(id: string) {
    return this.write(`${id} joined`);
  }

  plain(id: string) {
    return this.write(`${id} plain`);
  }

  @Transactional(Propagation.Nested)
  async nested(id: string) {
    await this.write(`${id} nested`);
    throw new Error('of the nested one');
  }

  @Transactional(Propagation.RequiresNew)
  apart(id: string) {
    return this.write(`${id} apart`);
  }

  private async write(id: string) {
    if (!id.includes('nested')) this.seen.add(this.host.tx);
    await this.host.tx.insert(Effect, { id });
  }
}

interface Order {
  readonly id: string;
  readonly fails?: boolean;
}

@Controller()
class Orders {
  constructor(@Inject(Accounts) private readonly accounts: Accounts) {}

  @EventPattern<string>('orders')
  @Idempotent(uniqueKey({ key: 'id' }))
  async handle(@Payload() { id, fails }: Order) {
    await this.accounts.joined(id);
    await this.accounts.plain(id);
    await this.accounts.nested(id).catch(() => undefined);
    this.accounts.seen.add(currentManager());
    if (fails) throw new Error('of the handler');
  }

  @EventPattern<string>('apart')
  @Idempotent(uniqueKey({ key: 'id' }))
  async apart(@Payload() { id }: Order) {
    await this.accounts.apart(id);
  }
}

const given = JSON.parse(process.argv[2]!) as DataSourceOptions;
const driver = given.type === 'better-sqlite3' ? { driver: extras('better-sqlite3') } : {};
const plugin = new ClsPluginTransactional({
  imports: [TypeOrmModule],
  adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
});
const module = await Test.createTestingModule({
  imports: [
    TypeOrmModule.forRoot({ ...given, ...driver, entities: [Effect], synchronize: true } as DataSourceOptions),
    ClsModule.forRoot({ global: true, plugins: [plugin] }),
    ReliableKafkaModule.forRoot({
      client: { brokers: ['127.0.0.1:1'] },
      consumer: { groupId: 'group' },
      idempotency: [typeormIdempotency()],
    }),
  ],
  controllers: [Orders],
  providers: [Accounts],
}).compile();
const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
await app.init();
const accounts = module.get(Accounts);
const outcomeOf = async (topic: string, order: Order) => {
  const result = await deliver(app, topic, order);
  return result.kind === 'failed' ? `failed: ${(result.error as Error).name}` : result.kind;
};

const story = {
  first: await outcomeOf('orders', { id: 'one' }),
  managers: accounts.seen.size,
  again: await outcomeOf('orders', { id: 'one' }),
  failing: await outcomeOf('orders', { id: 'two', fails: true }),
  apart: await outcomeOf('apart', { id: 'three' }),
  beside: await accounts.joined('four').then(() => accounts.apart('four')),
};
const rows = await module
  .get(DataSource)
  .getRepository(Effect)
  .find({ order: { id: 'ASC' } });
await app.close();
console.log(JSON.stringify({ ...story, written: rows.map(({ id }) => id) }));
