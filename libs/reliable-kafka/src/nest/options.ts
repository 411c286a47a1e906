import type { FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import type { Deserializer, KafkaOptions, Serializer } from '@nestjs/microservices';
import type { IdempotencyStore, ParkingStore, RuntimeOptions } from '../contracts/index.js';

export interface ReliableKafkaOptions extends RuntimeOptions {
  /** `reliableKafka()`: take only handlers that name it, beside a `ServerKafka` during a migration. Default `Transport.KAFKA`; not for named modules. */
  readonly transport?: symbol;
  /** Where guards keep their claims: instances (`typeormIdempotency()`, `redisIdempotency()`, your own), or classes that the application provides. */
  readonly idempotency?: readonly (IdempotencyStore | Type<IdempotencyStore>)[];
  /** Where keys are parked (`@Park`, `@DeadLetter({ hold: true })`): `typeormParking()`. The same one in all instances, and for as long as something is parked. */
  readonly parking?: ParkingStore;
  /** Nest's own, for replies and `ReliableKafkaProducer`. Default `KafkaRequestSerializer`. */
  readonly serializer?: Serializer;
  /** Nest's own. Default `KafkaRequestDeserializer`; a tombstone is given to handlers as `null`. */
  readonly deserializer?: Deserializer;
  /** Nest's own: `{ keepBinary: true }` leaves values as buffers. */
  readonly parser?: NonNullable<KafkaOptions['options']>['parser'];
}

export interface ReliableKafkaModuleExtras {
  /** One more group in one application: its server answers to `reliableKafka(name)`, its providers have the tokens `getServerToken(name)` and so on. */
  readonly name?: string;
  /** Whether every module can inject the providers without importing this one. Default true. */
  readonly isGlobal?: boolean;
}

/** For `useClass` and `useExisting`. */
export interface ReliableKafkaOptionsFactory {
  createReliableKafkaOptions(): ReliableKafkaOptions | Promise<ReliableKafkaOptions>;
}

export interface ReliableKafkaAsyncOptions extends ReliableKafkaModuleExtras, Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory?: (...args: any[]) => ReliableKafkaOptions | Promise<ReliableKafkaOptions>;
  readonly useClass?: Type<ReliableKafkaOptionsFactory>;
  readonly useExisting?: Type<ReliableKafkaOptionsFactory> | string | symbol;
}
