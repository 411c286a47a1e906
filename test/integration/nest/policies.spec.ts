import { afterEach, describe, expect, it } from '@jest/globals';
import { ConsoleLogger, Controller } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import {
  CommitAfter,
  getServerToken,
  Handler,
  NOTHING,
  OrderedBy,
  RECORD_KEY,
  reliableKafka,
  RELIABLE_KAFKA_OPTIONS,
  ReliableKafkaModule,
  ReliableKafkaServer,
} from 'nestjs-reliable-kafka';
import { Test } from '@nestjs/testing';
import { deliver } from 'nestjs-reliable-kafka/testing';
import { OPTIONS, pure } from './apps.js';
import type { Microservice } from './apps.js';

describe('Policies', () => {
  let app: Microservice | undefined;

  afterEach(() => app?.close());

  async function handlers(controllers: Type[], options = {}) {
    app = await pure(controllers, { options });
    const bound = await app.get(ReliableKafkaServer).handlers();
    return Object.fromEntries(bound.map((one) => [one.label, one]));
  }

  it('of the method win over the class, the class over its base, and each over the defaults of the module', async () => {
    @OrderedBy('ofBase')
    @CommitAfter('batch')
    class Base {
      @EventPattern<string>('inherited')
      @CommitAfter('record')
      inherited(): void {}
    }
    @Controller()
    @OrderedBy('ofClass')
    class Concrete extends Base {
      @EventPattern<string>('own')
      @OrderedBy('ofMethod')
      own(): void {}

      @EventPattern<string>('plain')
      plain(): void {}
    }
    @Controller()
    class Undecorated {
      @EventPattern<string>('undecorated')
      handle(): void {}
    }
    const of = await handlers([Concrete, Undecorated], { defaults: { commitAfter: { count: 7 } } });
    expect(of['Concrete.own']).toMatchObject({ orderedBy: 'ofMethod', commit: { after: 'batch' } });
    expect(of['Concrete.plain']).toMatchObject({ orderedBy: 'ofClass', commit: { after: 'batch' } });
    expect(of['Concrete.inherited']).toMatchObject({ orderedBy: 'ofClass', commit: { after: 'record' } });
    expect(of['Undecorated.handle']).toMatchObject({ commit: { after: { count: 7 }, mode: 'async' } });
  });

  it('of one controller do not leak to a sibling that inherits the same method', async () => {
    class Base {
      @EventPattern<string>('left')
      handle(): void {}
    }
    @Controller()
    @OrderedBy(NOTHING)
    class Left extends Base {}
    @Controller()
    @OrderedBy(RECORD_KEY)
    class Right extends Base {}
    const of = await handlers([Left, Right]);
    expect(of['Left.handle']!.orderedBy).toBe(NOTHING);
    expect(of['Right.handle']!.orderedBy).toBe(RECORD_KEY);
  });

  it('survive a decorator that replaces the method, and come before or after the pattern', async () => {
    const replaced: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const original = descriptor.value as () => void;
      descriptor.value = Object.setPrototypeOf(function (this: unknown): void {
        return original.call(this);
      }, original);
    };
    @Controller()
    class Replaced {
      @OrderedBy('above')
      @EventPattern<string>('above')
      @replaced
      above(): void {}

      @replaced
      @EventPattern<string>('below')
      @OrderedBy('below')
      below(): void {}
    }
    const of = await handlers([Replaced]);
    expect(of['Replaced.above']!.orderedBy).toBe('above');
    expect(of['Replaced.below']!.orderedBy).toBe('below');
  });

  it('of a topic are shared: a handler that says nothing about commits takes what the others say', async () => {
    @Controller()
    class Shared {
      @EventPattern<string>('topic')
      silent(): void {}

      @EventPattern<string[]>(['topic', 'other'])
      @CommitAfter({ ms: 10 }, { mode: 'sync' })
      outspoken(): void {}
    }
    app = await pure([Shared]);
    expect(await app.get(ReliableKafkaServer).handlers()).toMatchObject([
      { label: 'Shared.silent', topic: 'topic', commit: { after: { ms: 10 }, mode: 'sync' } },
      { label: 'Shared.outspoken', topic: 'topic', commit: { after: { ms: 10 }, mode: 'sync' } },
      { label: 'Shared.outspoken', topic: 'other', commit: { after: { ms: 10 }, mode: 'sync' } },
    ]);
  });
});

class Warnings extends ConsoleLogger {
  readonly lines: string[] = [];
  override warn(message: string): void {
    this.lines.push(message);
  }
}

async function withWarnings(controllers: Type[]) {
  const logger = new Warnings('', { logLevels: ['warn'] });
  const module = await Test.createTestingModule({ imports: [ReliableKafkaModule.forRoot(OPTIONS)], controllers })
    .setLogger(logger)
    .compile();
  const server = module.get(ReliableKafkaServer);
  const app = module.createNestMicroservice({ strategy: server });
  await app.init();
  return { app, warnings: logger.lines, handlers: await server.handlers() };
}

describe('Handlers of one topic', () => {
  it('have an identity each: the first may stay unnamed, a second one goes by class and method, with a warning', async () => {
    @Controller()
    class Several {
      @EventPattern<string>('topic')
      first(): void {}

      @EventPattern<string>('topic')
      @Handler('audit')
      named(): void {}

      @EventPattern<string>('topic')
      second(): void {}
    }
    const { app, warnings, handlers } = await withWarnings([Several]);
    expect(handlers.map(({ name }) => name)).toEqual(['', 'audit', 'Several.second']);
    expect(warnings).toEqual([expect.stringContaining('Several.second is the second handler of topic without a name')]);
    await expect(deliver(app, 'topic', {})).rejects.toThrow("Several.first, Several.named ('audit'), Several.second");
    expect(await deliver(app, 'topic', {}, { handler: 'audit' })).toEqual({ kind: 'handled' });
    await app.close();
  });
});

describe('Patterns', () => {
  it('may be RegExps; the topics that match go there, exact ones first', async () => {
    const seen: string[] = [];
    @Controller()
    class Patterns {
      @EventPattern<RegExp>(/^sms\./g)
      any(): void {
        seen.push('any');
      }

      @EventPattern<string>('sms.exact')
      exact(): void {
        seen.push('exact');
      }
    }
    const app = await pure([Patterns]);
    for (const topic of ['sms.exact', 'sms.other', 'sms.other']) await deliver(app, topic, {});
    expect(seen).toEqual(['exact', 'any', 'any']);
    await expect(deliver(app, 'elsewhere', {})).rejects.toThrow("no handler takes 'elsewhere'");
    await app.close();
  });

  it('that are objects name no topic, and are ignored with one warning', async () => {
    @Controller()
    class Objects {
      @EventPattern({ cmd: 'one' })
      one(): void {}

      @EventPattern({ cmd: 'two' })
      two(): void {}

      @EventPattern<string>('topic')
      topic(): void {}
    }
    const { app, warnings, handlers } = await withWarnings([Objects]);
    expect(handlers.map(({ topic }) => topic)).toEqual(['topic']);
    expect(warnings).toEqual([expect.stringContaining('Objects.one, Objects.two')]);
    await app.close();
  });
});

describe('The module', () => {
  @Controller()
  class Two {
    @EventPattern<string>('audited', reliableKafka('audit'))
    audited(): void {}

    @EventPattern<string>('own', reliableKafka())
    own(): void {}
  }

  it('can be there several times: each server takes the handlers of its own transport', async () => {
    const app = await pure([Two], {
      options: { transport: reliableKafka() },
      imports: [ReliableKafkaModule.forRootAsync({ name: 'audit', useFactory: () => OPTIONS })],
    });
    const audit = app.get<ReliableKafkaServer>(getServerToken('audit'), { strict: false });
    const own = await app.get(ReliableKafkaServer).handlers();
    expect(own.map(({ topic }) => topic)).toEqual(['own']);
    expect(await audit.handlers()).toEqual([]);
    await app.close();
  });

  it('reads everything from RELIABLE_KAFKA_OPTIONS, so that tests can override it', async () => {
    @Controller()
    class Plain {
      @EventPattern<string>('topic')
      handle(): void {}
    }
    const module = await Test.createTestingModule({
      imports: [ReliableKafkaModule.forRoot(OPTIONS)],
      controllers: [Plain],
    })
      .overrideProvider(RELIABLE_KAFKA_OPTIONS)
      .useValue({ ...OPTIONS, defaults: { commitAfter: 'record' } })
      .compile();
    const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
    await app.init();
    expect(await module.get(ReliableKafkaServer).handlers()).toMatchObject([{ commit: { after: 'record' } }]);
    await app.close();
  });

  it('takes its options from a class, too; without any maker of options it says so', async () => {
    class Maker {
      createReliableKafkaOptions = () => OPTIONS;
    }
    const module = await Test.createTestingModule({
      imports: [ReliableKafkaModule.forRootAsync({ useClass: Maker })],
    }).compile();
    expect(module.get(RELIABLE_KAFKA_OPTIONS)).toBe(OPTIONS);
    expect(() => ReliableKafkaModule.forRootAsync({})).toThrow('Give useFactory, useClass or useExisting');
  });
});
