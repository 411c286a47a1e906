import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller, ForbiddenException, UseFilters, UseGuards } from '@nestjs/common';
import {
  Ctx,
  KafkaHeaders,
  KafkaRetriableException,
  MessagePattern,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Kafka, logLevel } from 'kafkajs';
import {
  ConsumerControl,
  FatalError,
  Idempotent,
  type RecordContext,
  ReliableKafkaModule,
  ReliableKafkaProducer,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import type { IdempotencyGuard } from 'nestjs-reliable-kafka';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import { from, of } from 'rxjs';
import { uniqueKey } from '../../../libs/reliable-kafka/src/idempotency/index.js';
import { barrier } from '../../support/consumers.js';
import { MemoryInboxStore } from '../../support/memory-stores.js';
import { guard } from '../../support/scripted-guard.js';

/** A reply as its client sees it. */
interface Seen {
  readonly correlation: string;
  readonly value: string | undefined;
  readonly error: unknown;
  readonly isLast: boolean;
}

let inbox: MemoryInboxStore;
let runs: string[];

async function answer(question: string, context: RecordContext): Promise<unknown> {
  runs.push(question);
  await inbox.write(question);
  switch (question) {
    case 'stream':
      return from([1, 2]);
    case 'bytes':
      return Buffer.from([0, 255]);
    case 'message':
      return { value: Buffer.from([0, 255]), key: 'k', headers: { kind: Buffer.from([254]) } };
    case 'error':
      throw new RpcException({ code: 7 });
    case 'fatal':
      throw new FatalError('for good');
    case 'swallowed':
      throw new Error('swallowed');
    case 'unspeakable':
      return { deep: { value: 1n } };
    case 'retriable':
      if (context.attempt === 1) throw new KafkaRetriableException('busy');
      return `attempt ${context.attempt}`;
    case 'released':
      if (context.attempt === 1) context.release(1);
      return `attempt ${context.attempt}`;
    case 'rejected':
      context.reject('never');
      return 'not sent';
    default:
      return `${question}!`;
  }
}

/** As a guard under a lease does whose completion is refused at first: the next attempt completes, and runs nothing. */
function completingLate(): IdempotencyGuard {
  const finished = new WeakSet<object>();
  return guard(
    async ({ attempt, execute }) => {
      if (finished.has(attempt.record)) return { kind: 'handled' };
      await execute({});
      finished.add(attempt.record);
      throw new Error('not completed');
    },
    { reply: 'error' },
  );
}

@Controller()
class Asked {
  @MessagePattern<string>('late')
  @Idempotent(completingLate())
  late(@Payload() question: string): string {
    runs.push(question);
    return `${question}!`;
  }

  @MessagePattern<string>('replay')
  @Idempotent(uniqueKey({ reply: 'replay' }))
  replay(@Payload() question: string, @Ctx() context: RecordContext): Promise<unknown> {
    return answer(question, context);
  }

  @MessagePattern<string>('error')
  @Idempotent(uniqueKey({ reply: 'error' }))
  error(@Payload() question: string, @Ctx() context: RecordContext): Promise<unknown> {
    return answer(question, context);
  }

  @MessagePattern<string>('denied')
  @UseGuards({
    canActivate: (): boolean => {
      throw new ForbiddenException();
    },
  })
  @UseFilters({ catch: (error: unknown) => of((error as Error).message) })
  @Idempotent(uniqueKey({ reply: 'replay' }))
  denied(@Payload() question: string, @Ctx() context: RecordContext): Promise<unknown> {
    return answer(question, context);
  }

  @MessagePattern<string>('filtered')
  @UseFilters({ catch: (error: unknown) => of((error as Error).message) })
  @Idempotent(uniqueKey({ reply: 'replay' }))
  filtered(@Payload() question: string, @Ctx() context: RecordContext): Promise<unknown> {
    return answer(question, context);
  }
}

describe('A guarded request', () => {
  let kafka: EmbeddedKafka;
  let app: Awaited<ReturnType<typeof serving>>;
  let client: Awaited<ReturnType<typeof asking>>;

  async function serving() {
    const module = await Test.createTestingModule({
      imports: [
        ReliableKafkaModule.forRoot({
          client: { brokers: kafka.brokers, logLevel: 0 },
          consumer: { groupId: 'group' },
          idempotency: [inbox],
        }),
      ],
      controllers: [Asked],
    })
      .setLogger(new ConsoleLogger({ logLevels: [] }))
      .compile();
    const made = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    await made.listen();
    return made;
  }

  /** Reads replies from the first one on. */
  async function asking() {
    const replies: Seen[] = [];
    let look = (): void => {};
    const consumer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: 'asking' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'replies', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { value, headers } }) => {
        const text = (name: string) => headers?.[name]?.toString();
        replies.push({
          correlation: text(KafkaHeaders.CORRELATION_ID)!,
          value: value?.toString('latin1'),
          error: text(KafkaHeaders.NEST_ERR),
          isLast: headers?.[KafkaHeaders.NEST_IS_DISPOSED] !== undefined,
        });
        look();
      },
    });
    /** What came for a request, without its address, when the last reply is there. */
    const repliesTo = (correlation: string) =>
      new Promise<Omit<Seen, 'correlation'>[]>((resolve) => {
        look = () => {
          const own = replies.filter((one) => one.correlation === correlation);
          if (own.at(-1)?.isLast) resolve(own.map(({ value, error, isLast }) => ({ value, error, isLast })));
        };
        look();
      });
    return { replies, repliesTo, close: () => consumer.disconnect() };
  }

  let requests: number;

  beforeEach(async () => {
    inbox = new MemoryInboxStore();
    runs = [];
    requests = 0;
    kafka = await EmbeddedKafka.start({ topics: { late: 1, replay: 1, error: 1, denied: 1, filtered: 1, replies: 1 } });
    app = await serving();
    client = await asking();
  });

  afterEach(async () => {
    await client.close();
    await app.close();
    await kafka.stop();
  });

  /** Each request has a correlation of its own; a question that is asked again has the same message id. */
  async function ask(topic: string, question: string) {
    const correlation = `request ${++requests}`;
    await app.get(ReliableKafkaProducer).send(topic, [
      {
        value: question,
        id: question,
        headers: { [KafkaHeaders.CORRELATION_ID]: correlation, [KafkaHeaders.REPLY_TOPIC]: 'replies' },
      },
    ]);
    return client.repliesTo(correlation);
  }

  const value = (text: string) => [{ value: text, error: undefined, isLast: true }];
  const error = (text: string) => [expect.objectContaining({ error: expect.stringContaining(text), isLast: true })];

  it.each([
    ['one value', 'hello', 1],
    ['a stream', 'stream', 2],
    ['bytes', 'bytes', 1],
    ['a whole message', 'message', 1],
    ['an error in the place of what cannot be serialized', 'unspeakable', 1],
  ])('that comes again is answered as it was the first time: %s', async (_, question, packets) => {
    const first = await ask('replay', question);
    expect(first).toHaveLength(packets);
    expect(await ask('replay', question)).toEqual(first);
    expect([runs, inbox.effects]).toEqual([[question], [question]]);
  });

  it('that comes again is answered with an error, where the guard says so', async () => {
    expect(await ask('error', 'hello')).toEqual(value('hello!'));
    expect(await ask('error', 'hello')).toEqual(error('Duplicate request'));
    expect(runs).toEqual(['hello']);
  });

  it('is answered after the COMMIT', async () => {
    const [committing, commit] = [barrier(), barrier()];
    inbox.committing = () => {
      committing.open();
      return commit.opened;
    };
    const answered = ask('replay', 'hello');
    await committing.opened;
    expect(client.replies).toEqual([]);
    commit.open();
    expect(await answered).toEqual(value('hello!'));
  });

  it('is answered once, by the run whose COMMIT went well', async () => {
    let commits = 0;
    inbox.committing = async () => {
      if (++commits === 1) throw new Error('connection lost');
    };
    expect(await ask('replay', 'hello')).toEqual(value('hello!'));
    expect([runs, inbox.effects, client.replies.length]).toEqual([['hello', 'hello'], ['hello'], 1]);
  });

  it('is answered with what its handler said, when a later attempt completes what an earlier one did', async () => {
    expect(await ask('late', 'hello')).toEqual(value('hello!'));
    expect([runs, client.replies.length]).toEqual([['hello'], 1]);
  });

  it.each([
    ['throws', 'error', '"code":7'],
    ['fails for good', 'fatal', ''],
    ['rejects', 'rejected', 'never'],
  ])(
    'whose handler %s is answered with the error, nothing of it stays, and it may come again',
    async (_, question, text) => {
      for (const run of [1, 2]) {
        expect(await ask('replay', question)).toEqual(error(text));
        await app.get(ConsumerControl).idle();
        expect([runs.length, inbox.effects, inbox.rows.size]).toEqual([run, [], 0]);
      }
    },
  );

  it.each(['retriable', 'released'])(
    'that is %s runs again before it is answered, and nothing of the first run stays',
    async (question) => {
      expect(await ask('replay', question)).toEqual(value('attempt 2'));
      expect([runs, inbox.effects, client.replies.length]).toEqual([[question, question], [question], 1]);
    },
  );

  it('whose error a filter makes a value of is answered with that, and nothing of it stays', async () => {
    expect(await ask('filtered', 'swallowed')).toEqual(value('swallowed'));
    await app.get(ConsumerControl).idle();
    expect([runs, inbox.effects, inbox.rows.size]).toEqual([['swallowed'], [], 0]);
  });

  it('that was denied leaves no claim, whatever it is answered', async () => {
    expect(await ask('denied', 'hello')).toHaveLength(1);
    await app.get(ConsumerControl).idle();
    expect([runs, inbox.rows.size]).toEqual([[], 0]);
  });

  it('without reply headers is an event, whose duplicates are passed', async () => {
    const producer = app.get(ReliableKafkaProducer);
    await producer.send('replay', [{ value: 'hello', id: 'hello' }]);
    await producer.send('replay', [{ value: 'hello', id: 'hello' }]);
    expect(await ask('replay', 'other')).toEqual(value('other!'));
    expect([runs, client.replies.length]).toEqual([['hello', 'other'], 1]);
  });
});
