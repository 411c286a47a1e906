import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, ForbiddenException, UseGuards } from '@nestjs/common';
import {
  ClientKafka,
  Ctx,
  KafkaRetriableException,
  MessagePattern,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import {
  ConsumerControl,
  type RecordContext,
  ReliableKafkaEvents,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { FaultTarget } from 'nestjs-reliable-kafka/testing';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { filter, firstValueFrom, from, lastValueFrom, of, toArray } from 'rxjs';

const runs = new Map<string, number>();

@Controller()
class Answering {
  @MessagePattern<string>('ask')
  answer(@Payload() question: string, @Ctx() context: RecordContext): unknown {
    runs.set(question, (runs.get(question) ?? 0) + 1);
    switch (question) {
      case 'three':
        return from([1, 2, 3]);
      case 'nothing':
        return of();
      case 'error':
        throw new RpcException('no answer');
      case 'retriable':
        if (context.attempt === 1) throw new KafkaRetriableException('busy');
        return `attempt ${context.attempt}`;
      case 'rejected':
        context.reject('never');
        return 'not sent';
      case 'unspeakable':
        return { deep: { value: 1n } };
      default:
        return `${question}!`;
    }
  }

  @MessagePattern<string>('ask.guarded')
  @UseGuards({
    canActivate: (): boolean => {
      throw new ForbiddenException();
    },
  })
  guarded(): string {
    return 'never';
  }
}

describe('A request', () => {
  let kafka: EmbeddedKafka;
  let client: ClientKafka;
  let app: Awaited<ReturnType<typeof serving>>;

  async function serving() {
    const module = await Test.createTestingModule({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { brokers: kafka.brokers, logLevel: 0 },
          consumer: { groupId: 'group' },
          producer: { deliveryTimeout: 300 },
        }),
      ],
      controllers: [Answering],
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const made = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    await made.listen();
    return made;
  }

  beforeEach(async () => {
    runs.clear();
    kafka = await EmbeddedKafka.start({ topics: { ask: 1, 'ask.reply': 1, 'ask.guarded': 1, 'ask.guarded.reply': 1 } });
    app = await serving();
    client = new ClientKafka({ client: { brokers: kafka.brokers, logLevel: 0 }, consumer: { groupId: 'asking' } });
    client.subscribeToResponseOf('ask');
    client.subscribeToResponseOf('ask.guarded');
    await client.connect();
  });

  afterEach(async () => {
    await client.close();
    await app.close();
    await kafka.stop();
  });

  const ask = (question: string, topic = 'ask') => lastValueFrom(client.send<unknown>(topic, question).pipe(toArray()));

  it("is answered as Nest's clients expect it: one value, a stream, nothing, an error", async () => {
    expect(await ask('hello')).toEqual(['hello!']);
    expect(await ask('three')).toEqual(['1', '2', '3']);
    await ask('nothing');
    await expect(ask('error')).rejects.toMatchObject({ message: 'no answer' });
    await expect(ask('x', 'ask.guarded')).rejects.toBeDefined();
    await app.get(ConsumerControl).idle();
    expect(runs.get('error')).toBe(1);
  });

  it('is tried again after a KafkaRetriableException, and answered once', async () => {
    expect(await ask('retriable')).toEqual(['attempt 2']);
    expect(runs.get('retriable')).toBe(2);
  });

  it('that is rejected, or whose reply cannot be serialized, is answered with an error', async () => {
    await expect(ask('unspeakable')).rejects.toBeDefined();
    await expect(ask('rejected')).rejects.toMatchObject({ message: 'never' });
  });

  const toReplies = ({ request }: FaultTarget) =>
    JSON.stringify(request, (_, one) => (typeof one === 'bigint' ? String(one) : one)).includes('ask.reply');

  it('has its outcome only when the broker has acknowledged the reply; the reply is sent again, not the handler', async () => {
    const fault = kafka.faults.add({ api: 'Produce', action: 'error', code: 'NOT_ENOUGH_REPLICAS', when: toReplies });
    const givenUp = firstValueFrom(
      app.get(ReliableKafkaEvents).events$.pipe(filter(({ type }) => type === 'send-failed')),
    );
    const answered = ask('hello');
    await givenUp;
    expect(app.get(ConsumerControl).stats()).toMatchObject({ inFlight: 1 });
    fault.remove();
    expect(await answered).toEqual(['hello!']);
    expect(runs.get('hello')).toBe(1);
  });

  it('whose reply no broker will ever take is answered with an error', async () => {
    kafka.faults.add({ api: 'Produce', action: 'error', code: 'MESSAGE_TOO_LARGE', times: 1, when: toReplies });
    await expect(ask('hello')).rejects.toBeDefined();
    expect(runs.get('hello')).toBe(1);
  });

  it('whose reply topic does not exist is done, with its handler run once', async () => {
    await app.get(ReliableKafkaProducer).send('ask', [
      { value: 'lost', headers: { kafka_correlationId: '1', kafka_replyTopic: 'nowhere' } },
      {
        value: 'out of range',
        headers: { kafka_correlationId: '1', kafka_replyTopic: 'ask.reply', kafka_replyPartition: '9' },
      },
    ]);
    expect(await ask('hello')).toEqual(['hello!']);
    expect([runs.get('lost'), runs.get('out of range')]).toEqual([1, 1]);
  });

  it('without reply headers is an event', async () => {
    await app.get(ReliableKafkaProducer).send('ask', [{ value: 'event' }]);
    expect(await ask('hello')).toEqual(['hello!']);
    expect(runs.get('event')).toBe(1);
  });
});
