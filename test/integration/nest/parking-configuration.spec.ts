import { describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { ConfigurationError } from 'nestjs-reliable-kafka';
import { DeadLetter, exponential, NOTHING, OrderedBy, Park, TOPIC } from 'nestjs-reliable-kafka';
import { MemoryParkingStore } from '../../support/memory-parking.js';
import { refusal } from './apps.js';

@Controller()
class Parked {
  @EventPattern<string>('orders')
  @OrderedBy('id')
  @Park({ backoff: exponential(1_000), rounds: 3, maxPerKey: 10 })
  handle(): void {}
}

@Controller()
class Held {
  @EventPattern<string>('payments')
  @OrderedBy('id')
  @DeadLetter({ topic: 'payments-dlt', hold: true })
  handle(): void {}
}

@Controller()
class WithoutKeys {
  @EventPattern<string>('undecorated')
  @Park()
  undecorated(): void {}

  @EventPattern<string>('strict')
  @OrderedBy(TOPIC)
  @DeadLetter({ topic: 'strict-dlt', hold: true })
  strict(): void {}

  @EventPattern<string>('loose')
  @OrderedBy(NOTHING)
  @DeadLetter({ topic: 'loose-dlt', hold: true })
  loose(): void {}

  @EventPattern<string>('free')
  @OrderedBy(NOTHING)
  @Park()
  free(): void {}

  @MessagePattern<string>('asked')
  @OrderedBy('id')
  @Park()
  asked(): void {}
}

@Controller()
class Misspelt {
  @EventPattern<string>('wrong')
  @OrderedBy('id')
  @Park({ rounds: 0, every: 1 } as object)
  handle(): void {}
}

const parking = () => ({ parking: new MemoryParkingStore() });

async function problems(...given: Parameters<typeof refusal>): Promise<string[]> {
  const error = (await refusal(...given)) as ConfigurationError | undefined;
  return error?.problems.map(({ where, what }) => `${where}: ${what}`) ?? [];
}

describe('Parking is', () => {
  it('fine with a store and a key', async () => {
    expect(await problems([Parked, Held], parking())).toEqual([]);
  });

  it('refused without a store, whoever needs it', async () => {
    expect(await problems([Parked, Held])).toEqual([
      'Parked.handle @Park: there is no store to park in',
      'Held.handle @DeadLetter({ hold: true }): there is no store to park in',
    ]);
  });

  it('refused where the one key would be the whole partition, where there is none to be held, and for requests', async () => {
    expect(await problems([WithoutKeys], parking())).toEqual([
      'WithoutKeys.undecorated @Park: it orders by PARTITION, whose one key is everything: all of it would be parked',
      'WithoutKeys.strict @DeadLetter({ hold: true }): it orders by TOPIC, whose one key is everything: all of it would be parked',
      'WithoutKeys.loose @DeadLetter({ hold: true }): it orders by NOTHING, so that no key is there to be held',
      'WithoutKeys.asked @Park: it stands before a @MessagePattern, whose failures are answered with an error, and are over with that',
    ]);
  });

  it('refused with values that make no sense, and with a store that is none', async () => {
    const wrong = { parking: {} as MemoryParkingStore };
    expect(await problems([Misspelt], wrong)).toEqual([
      'parking: it has no takeOver()',
      'Misspelt.handle @Park: `rounds` is 0',
      "Misspelt.handle @Park: it has an unknown 'every'",
    ]);
  });
});
