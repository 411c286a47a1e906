import { describe, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Transport } from '@nestjs/microservices';
import {
  CommitAfter,
  ConfigurationError,
  Handler,
  NOTHING,
  OrderedBy,
  PARTITION,
  reliableKafka,
  ReliableKafkaModule,
} from 'nestjs-reliable-kafka';
import type { ReliableKafkaOptions } from 'nestjs-reliable-kafka';
import { OPTIONS, refusal } from './apps.js';

@Controller()
class Fine {
  @EventPattern<string>('fine')
  @OrderedBy('id')
  handle(): void {}
}

async function problems(...args: Parameters<typeof refusal>): Promise<string[]> {
  const error = await refusal(...args);
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems.map(({ where, what }) => `${where}: ${what}`);
}

describe('The start is refused for', () => {
  it('nothing, when nothing is wrong', async () => {
    expect(await problems([Fine])).toEqual([]);
  });

  it('options that are wrong, all of them at once and by their paths', async () => {
    const options = {
      client: { brokers: [] },
      consumer: { groupId: '', startFrom: 'middle' },
      concurrency: 0,
      drainTimeout: -1,
      defaults: { commitAfter: { count: 0 } },
      topics: { orders: { partitions: 1.5, audit: 'loud', config: { 'retention.ms': null } }, others: { config: 7 } },
      adopt: 'yes',
      audit: 'loud',
      durability: { longestOutage: '3 days' },
      probes: [{ backend: 'ledger' }, { probe: () => undefined }],
      outOfRange: 'skip',
      maxBuffered: { records: 0, byte: 1 },
      deserializer: {},
      postfixId: '-server',
    } as unknown as ReliableKafkaOptions;
    expect(await problems([Fine], options)).toEqual([
      'client.brokers: there are none',
      'consumer.groupId: it is missing',
      "consumer.startFrom: it is 'middle'",
      'concurrency: it is 0',
      'drainTimeout: it is -1',
      'defaults.commitAfter: `count` is 0',
      "topics['orders'].partitions: it is 1.5",
      "topics['orders'].audit: it is 'loud'",
      "topics['orders'].config['retention.ms']: it is null",
      "topics['others'].config: it is 7",
      "adopt: it is 'yes'",
      "audit: it is 'loud'",
      "durability.longestOutage: it is '3 days'",
      'probes[0]: it has no probe()',
      'probes[1].backend: it is missing',
      "outOfRange: it is 'skip'",
      'maxBuffered.records: it is 0',
      'maxBuffered.byte: there is no such option',
      'deserializer: it has no deserialize()',
      'postfixId: there is no such option',
    ]);
  });

  it("the producer's options, before anything can be produced", async () => {
    const producer = {
      linger: -1,
      batch: { records: 0 },
      maxBuffered: { bytes: 1.5 },
      rateLimit: { per: 5 },
      shards: 0,
      acks: 1,
    } as unknown as ReliableKafkaOptions['producer'];
    const error = await refusal([Fine], { producer }).catch((error) => error);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      'producer.linger: it is -1',
      'producer.batch.records: it is 0',
      'producer.maxBuffered.bytes: it is 1.5',
      'producer.rateLimit: it limits nothing',
      'producer.shards: it is 0',
      'producer.acks: there is no such option',
    ]);
  });

  it('a server without `consumer` in its options', async () => {
    expect(await problems([Fine], { consumer: undefined })).toEqual([
      expect.stringMatching(/^consumer: it is missing/),
    ]);
  });

  it('policies that no handler listens to', async () => {
    @Controller()
    @CommitAfter('record')
    class Idle {
      @OrderedBy('id')
      forgotten(): void {}

      @EventPattern<string>('elsewhere', Transport.TCP)
      @Handler('tcp')
      elsewhere(): void {}

      @EventPattern({ cmd: 'object' })
      @OrderedBy('id')
      object(): void {}
    }
    expect(await problems([Fine, Idle])).toEqual([
      expect.stringMatching(/^Idle.forgotten @OrderedBy: the method is no handler/),
      expect.stringMatching(/^Idle.elsewhere @Handler: the method is no handler/),
      expect.stringMatching(/^Idle.object @OrderedBy: the method is no handler/),
      expect.stringMatching(/^Idle @CommitAfter: no handler of the class/),
    ]);
  });

  it('policies that contradict themselves or make no sense', async () => {
    @Controller()
    class Confused {
      @EventPattern<string>('a')
      @OrderedBy('id')
      @OrderedBy('user.id')
      twice(): void {}

      @EventPattern<string>('b')
      @OrderedBy('user..id')
      @CommitAfter({ count: -1 })
      @Handler('no spaces')
      senseless(): void {}
    }
    expect(await problems([Confused])).toEqual([
      'Confused.twice @OrderedBy: it is there more than once, with different values',
      "Confused.senseless @Handler: its name is 'no spaces'",
      'Confused.senseless @CommitAfter: `count` is -1',
      "Confused.senseless @OrderedBy: its path 'user..id' has an empty step",
    ]);
  });

  it('handlers of one topic that disagree about its commits, share a name, or both answer', async () => {
    @Controller()
    class Rivals {
      @MessagePattern<string>('topic')
      @CommitAfter('record')
      @Handler('same')
      first(): void {}

      @MessagePattern<string>('topic')
      @CommitAfter('batch')
      @Handler('same')
      second(): void {}
    }
    expect(await problems([Rivals])).toEqual([
      "Rivals.second @Handler: Rivals.first of the same topic topic is named 'same', too",
      'Rivals.second @CommitAfter: Rivals.first says something else about the same topic topic',
      'Rivals.second @MessagePattern: Rivals.first answers requests to topic, too',
    ]);
  });

  it('a controller in two modules: every record would be handled twice', async () => {
    @Module({ controllers: [Fine] })
    class Another {}
    expect(await problems([Fine], {}, { imports: [Another] })).toEqual(['Fine.handle: it takes fine twice']);
  });

  it('a handler that two servers would take, and two servers of one name', async () => {
    @Controller()
    class Open {
      @EventPattern<string>('open')
      open(): void {}

      @EventPattern<string>('audited', reliableKafka('audit'))
      audited(): void {}

      @EventPattern<string>('kafka', Transport.KAFKA)
      kafka(): void {}
    }
    const audit = (groupId: string) =>
      ReliableKafkaModule.forRoot({ ...OPTIONS, name: 'audit', consumer: { groupId } });
    expect(await problems([Open], {}, { imports: [audit('audit')] })).toEqual([
      'Open.open: several ReliableKafkaServers would take open',
    ]);
    expect(await problems([Fine], {}, { imports: [audit('one'), audit('two')] })).toContain(
      "ReliableKafkaModule: there are two modules named 'audit'",
    );
  });

  it('a handler on top of what is wrong with the options: one error lists it all', async () => {
    @Controller()
    class Wrong {
      @EventPattern<string>('')
      @OrderedBy(NOTHING)
      @OrderedBy(PARTITION)
      handle(): void {}
    }
    expect(await problems([Wrong], { concurrency: 0 })).toEqual([
      'concurrency: it is 0',
      'Wrong.handle @OrderedBy: it is there more than once, with different values',
      'Wrong.handle: its topic is empty',
    ]);
  });
});
