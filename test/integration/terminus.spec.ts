import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, Get, Inject, type INestApplication } from '@nestjs/common';
import { EventPattern, Transport } from '@nestjs/microservices';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  ConsumerControl,
  getControlToken,
  getEventsToken,
  getServerToken,
  OrderedBy,
  reliableKafka,
  type ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import { ReliableKafkaHealthIndicator, ReliableKafkaTerminusModule } from 'nestjs-reliable-kafka/terminus';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { filter, firstValueFrom } from 'rxjs';

@Controller()
class Probes {
  constructor(
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    private readonly kafka: ReliableKafkaHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready() {
    return this.checks.check([() => this.kafka.isHealthy('kafka')]);
  }

  @Get('strict')
  @HealthCheck()
  strict() {
    return this.checks.check([() => this.kafka.isHealthy('kafka', { yellowIsUp: false })]);
  }

  @Get('audit')
  @HealthCheck()
  audit() {
    return this.checks.check([() => this.kafka.isHealthy('audit', { name: 'audit' })]);
  }

  @Get('misspelt')
  @HealthCheck()
  misspelt() {
    return this.checks.check([() => this.kafka.isHealthy('kafka', { name: 'adit' })]);
  }

  @Get('alive')
  @HealthCheck()
  alive() {
    return this.checks.check([() => this.kafka.isAlive('kafka'), () => this.kafka.isAlive('audit', { name: 'audit' })]);
  }
}

@Controller()
class Handlers {
  @EventPattern<string>('topic', Transport.KAFKA)
  @OrderedBy('user')
  handle(): void {}

  @EventPattern<string>('audited', reliableKafka('audit'))
  audit(): void {}
}

const consumer = (groupId: string) => ({ groupId, sessionTimeout: 3_000, heartbeatInterval: 300 });

describe('nestjs-reliable-kafka/terminus', () => {
  let kafka: EmbeddedKafka;
  let app: INestApplication;

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { topic: 2, audited: 1 } });
    const client = { brokers: kafka.brokers, logLevel: 0 };
    const retry = { retries: 1, restartOnFailure: () => Promise.resolve(false) };
    const module = await Test.createTestingModule({
      imports: [
        TerminusModule.forRoot({ logger: false }),
        ReliableKafkaTerminusModule,
        ReliableKafkaModule.forRoot({ client, consumer: consumer('group') }),
        ReliableKafkaModule.forRoot({
          name: 'audit',
          client: { ...client, clientId: 'audit' },
          consumer: { ...consumer('audit'), retry },
        }),
      ],
      controllers: [Probes, Handlers],
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  });

  afterEach(async () => {
    await app.close();
    await kafka.stop();
  });

  async function start(): Promise<void> {
    app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) });
    app.connectMicroservice({ strategy: app.get(getServerToken('audit')) });
    await app.startAllMicroservices();
    for (const control of [app.get(ConsumerControl), app.get<ConsumerControl>(getControlToken('audit'))])
      while (control.health().status !== 'green') await new Promise(setImmediate);
  }

  async function get(path: string): Promise<[number, Record<string, any>]> {
    const answer = await fetch(`${await app.getUrl()}/${path}`);
    return [answer.status, (await answer.json()) as Record<string, any>];
  }

  it('is not ready before the consumer has started, and alive', async () => {
    expect(await get('ready')).toMatchObject([
      503,
      { status: 'error', error: { kafka: { status: 'down', health: 'red', reasons: [{ code: 'not-started' }] } } },
    ]);
    expect(await get('alive')).toMatchObject([200, { details: { kafka: { status: 'up' }, audit: { status: 'up' } } }]);
  });

  it('is ready once it runs', async () => {
    await start();
    const kafka = { status: 'up', health: 'green', reasons: [], more: 0 };
    expect(await get('ready')).toMatchObject([200, { status: 'ok', info: { kafka } }]);
    expect(await get('audit')).toMatchObject([200, { status: 'ok', info: { audit: kafka } }]);
  });

  it('is ready and degraded while it is yellow, unless yellow is told to be down', async () => {
    await start();
    app.get(ConsumerControl).pause('topic');
    expect(await get('ready')).toMatchObject([
      200,
      {
        status: 'degraded',
        details: { kafka: { status: 'degraded', health: 'yellow', reasons: [{ code: 'paused' }] } },
      },
    ]);
    expect(await get('strict')).toMatchObject([503, { error: { kafka: { status: 'down', health: 'yellow' } } }]);
    expect(await get('audit')).toMatchObject([200, { status: 'ok' }]);
    app.get(ConsumerControl).resume('topic');
    expect(await get('strict')).toMatchObject([200, { status: 'ok' }]);
  });

  it('is not ready while it is red, says why in words that hold no payload, and is alive', async () => {
    await start();
    await app.get(ReliableKafkaProducer).send('topic', [{ value: { name: 'secret' }, partition: 1 }]);
    while (app.get(ConsumerControl).health().status !== 'red') await new Promise(setImmediate);
    const [status, answer] = await get('ready');
    expect([status, answer]).toMatchObject([
      503,
      {
        error: {
          kafka: {
            status: 'down',
            reasons: [
              {
                code: 'undecodable',
                status: 'red',
                topic: 'topic',
                partition: 1,
                message: expect.stringContaining('topic[1]'),
                since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
              },
            ],
          },
        },
      },
    ]);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(await get('alive')).toMatchObject([200, { status: 'ok' }]);
  });

  it('is dead once the consumer has failed and may not start again', async () => {
    await start();
    const { events$ } = app.get<ReliableKafkaEvents>(getEventsToken('audit'));
    const crashed = firstValueFrom(events$.pipe(filter(({ type }) => type === 'consumer-crashed')));
    kafka.faults.add({
      api: 'Fetch',
      action: 'error',
      code: 'REQUEST_TIMED_OUT',
      when: ({ clientId }) => clientId === 'audit',
    });
    await crashed;
    expect(await get('alive')).toMatchObject([
      503,
      { info: { kafka: { status: 'up' } }, error: { audit: { status: 'down', reasons: [{ code: 'given-up' }] } } },
    ]);
    expect(await get('ready')).toMatchObject([200, { status: 'ok' }]);
  });

  it('names the module that is not there', async () => {
    expect((await get('misspelt'))[0]).toBe(500);
    await expect(app.get(ReliableKafkaHealthIndicator).isHealthy('kafka', { name: 'adit' })).rejects.toThrow(
      "There is no ReliableKafkaModule named 'adit'",
    );
  });
});
