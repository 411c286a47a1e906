import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, type INestApplication, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Kafka, logLevel } from 'kafkajs';
import {
  ConsumerControl,
  FatalError,
  fixed,
  type HealthReport,
  type HealthStatus,
  InfrastructureError,
  OrderedBy,
  type Probe,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  type ReliableKafkaOptions,
  ReliableKafkaProducer,
  ReliableKafkaServer,
  Retry,
} from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { filter, firstValueFrom } from 'rxjs';
import { ProxiedKafka } from '../../support/proxied-kafka.js';

type Changed = { readonly type: 'health-changed'; readonly to: HealthStatus } & Pick<HealthReport, 'reasons'>;

const IMPATIENT = { sessionTimeout: 1_500, heartbeatInterval: 300, retry: { retries: 1 } };

describe('ConsumerControl.health()', () => {
  let kafka: EmbeddedKafka;
  let proxied: ProxiedKafka;
  const apps: INestApplication[] = [];
  /** What the handler does with a record of `topic`. */
  let handle: (payload: { user: string }) => void;

  @Controller()
  class Handlers {
    @EventPattern<string>('topic')
    @OrderedBy('user')
    @Retry({ backoff: fixed(5) })
    handle(@Payload() payload: { user: string }): void {
      handle(payload);
    }
  }

  beforeEach(async () => {
    handle = () => undefined;
    kafka = await EmbeddedKafka.start({ topics: { topic: 2 } });
    proxied = await ProxiedKafka.before(kafka.brokers);
  });

  afterEach(async () => {
    proxied.release();
    for (const app of apps.splice(0)) await app.close();
    await proxied.stop();
    await kafka.stop();
  });

  async function application(
    options: Partial<ReliableKafkaOptions> = {},
    controllers: Type[] = [Handlers],
  ): Promise<INestApplication> {
    const module = await Test.createTestingModule({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { ...proxied.client(kafka.brokers), requestTimeout: 3_000 },
          consumer: { groupId: 'group', ...IMPATIENT },
          ...options,
        }),
      ],
      controllers,
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const app = module.createNestApplication();
    apps.push(app);
    return app;
  }

  async function start(app: INestApplication): Promise<void> {
    app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  }

  /** A running one, and green. */
  async function running(options: Partial<ReliableKafkaOptions> = {}): Promise<INestApplication> {
    const app = await application(options);
    const green = turned(app, 'green');
    await start(app);
    await green;
    return app;
  }

  const health = (app: INestApplication) => app.get(ConsumerControl).health();
  const turned = (app: INestApplication, to: HealthStatus): Promise<Changed> =>
    firstValueFrom(
      app
        .get(ReliableKafkaEvents)
        .events$.pipe(
          filter((event): event is Changed & typeof event => event.type === 'health-changed' && event.to === to),
        ),
    );
  /** For what no event announces: the watch would tell it some seconds later. */
  const becomes = async (app: INestApplication, status: HealthStatus): Promise<HealthReport> => {
    while (health(app).status !== status) await new Promise(setImmediate);
    return health(app);
  };
  const send = (app: INestApplication, ...values: object[]) =>
    app.get(ReliableKafkaProducer).send(
      'topic',
      values.map((value) => ({ value, partition: 0 })),
    );

  it('is red before the start, yellow without partitions, green with them, and red after the stop', async () => {
    const app = await application();
    expect(health(app)).toMatchObject({ status: 'red', reasons: [{ code: 'not-started' }] });
    const join = kafka.faults.add({ api: 'JoinGroup', action: 'delay', ms: 500, times: 1 });
    const green = turned(app, 'green');
    await start(app);
    await join.struck();
    expect(health(app)).toMatchObject({ status: 'yellow', reasons: [{ code: 'starting' }] });
    await green;
    expect(health(app)).toEqual({ status: 'green', reasons: [], more: 0 });
    apps.pop();
    await app.close();
    expect(health(app)).toMatchObject({ status: 'red', reasons: [{ code: 'stopped' }] });
  });

  it('is green in an application that only produces', async () => {
    const app = await application({ consumer: undefined }, []);
    await app.listen(0, '127.0.0.1');
    expect(health(app).status).toBe('green');
  });

  it('is red while Kafka does not answer, and green when it does', async () => {
    const app = await running();
    const red = turned(app, 'red');
    proxied.hold();
    expect((await red).reasons).toMatchObject([{ code: 'lease-lost' }]);
    const green = turned(app, 'green');
    proxied.release();
    await green;
  });

  it('is red while Kafka is away, and green when it is back', async () => {
    const app = await running();
    const red = turned(app, 'red');
    proxied.cut();
    expect((await red).reasons[0]!.code).toMatch(/crashed|lease-lost/);
    await firstValueFrom(app.get(ReliableKafkaEvents).events$.pipe(filter(({ type }) => type === 'consumer-crashed')));
    expect(health(app).reasons).toMatchObject([{ code: 'crashed', status: 'red' }]);
    const green = turned(app, 'green');
    proxied.release();
    await green;
  });

  it('stays red when the application forbade another start', async () => {
    const retry = { retries: 1, restartOnFailure: () => Promise.resolve(false) };
    const app = await running({ consumer: { groupId: 'group', ...IMPATIENT, retry } });
    const red = turned(app, 'red');
    kafka.faults.add({ api: 'Fetch', action: 'error', code: 'REQUEST_TIMED_OUT' });
    expect((await red).reasons).toMatchObject([{ code: 'given-up' }]);
  });

  it('is red while a database is down, as its probe says, and green when it is back', async () => {
    let isDown = false;
    const refused = () => new InfrastructureError('connect ECONNREFUSED', { backend: 'ledger' });
    handle = () => {
      if (isDown) throw refused();
    };
    const probe: Probe = { backend: 'ledger', probe: async () => void (isDown && (await Promise.reject(refused()))) };
    const app = await running({ probes: [probe] });
    isDown = true;
    const red = turned(app, 'red');
    await send(app, { user: 'a' });
    expect((await red).reasons).toMatchObject([{ code: 'outage', backend: 'ledger' }]);
    const green = turned(app, 'green');
    isDown = false;
    await green;
    await app.get(ConsumerControl).idle();
  });

  it('is red while a partition stands before a record without a key, until it is sought past', async () => {
    const app = await running();
    const red = turned(app, 'red');
    await send(app, { name: 'nobody' }, { user: 'a' });
    expect((await red).reasons).toMatchObject([{ code: 'undecodable', topic: 'topic', partition: 0 }]);
    const green = turned(app, 'green');
    await app.get(ConsumerControl).seek({ topic: 'topic', partition: 0, offset: 1 });
    await green;
  });

  it('is red while a position lies outside the log, until it is sought into it', async () => {
    const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.setOffsets({ groupId: 'group', topic: 'topic', partitions: [{ partition: 1, offset: '900' }] });
    await admin.disconnect();
    const app = await application();
    const red = turned(app, 'red');
    await start(app);
    expect((await red).reasons).toMatchObject([
      { code: 'out-of-range', partition: 1, message: expect.stringContaining('position 900') },
    ]);
    const green = turned(app, 'green');
    await app.get(ConsumerControl).seek({ topic: 'topic', partition: 1, offset: 0 });
    await green;
  });

  it('is yellow while keys are held, until their epoch ends', async () => {
    handle = ({ user }) => {
      if (user !== 'well') throw new FatalError('never');
    };
    const app = await running();
    const yellow = turned(app, 'yellow');
    await send(app, { user: 'a' }, { user: 'b' }, { user: 'a' }, { user: 'well' });
    expect((await yellow).reasons).toMatchObject([
      {
        code: 'lanes-held',
        topic: 'topic',
        handler: 'Handlers.handle',
        message: expect.stringContaining('2 keys of topic held'),
      },
    ]);
    handle = () => undefined;
    await app.get(ConsumerControl).seek({ topic: 'topic', partition: 0, offset: 0 });
    await becomes(app, 'green');
  });

  it('is yellow while a key fails again and again, until it succeeds', async () => {
    handle = () => {
      throw new Error('not yet');
    };
    const app = await running();
    await send(app, { user: 'a' });
    expect((await becomes(app, 'yellow')).reasons).toMatchObject([
      { code: 'keys-failing', handler: 'Handlers.handle' },
    ]);
    handle = () => undefined;
    await becomes(app, 'green');
  });

  it('is yellow while an operator has paused something', async () => {
    const app = await running();
    const yellow = turned(app, 'yellow');
    app.get(ConsumerControl).pause('topic', [1]);
    expect((await yellow).reasons).toMatchObject([
      { code: 'paused', message: expect.stringMatching(/^1 partition of topic is paused/) },
    ]);
    const green = turned(app, 'green');
    app.get(ConsumerControl).resume();
    await green;
  });

  it('is yellow while commits fail for long, until one is acknowledged', async () => {
    const app = await running();
    const refused = kafka.faults.add({ api: 'OffsetCommit', action: 'error', code: 'COORDINATOR_NOT_AVAILABLE' });
    const yellow = turned(app, 'yellow');
    await send(app, { user: 'a' });
    expect((await yellow).reasons).toMatchObject([{ code: 'commits-failing' }]);
    const green = turned(app, 'green');
    refused.remove();
    await green;
  }, 60_000);
});
