import { Inject, Logger, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, Provider } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { OutboxLink } from '../contracts/index.js';
import { ConfigurationError, healthToken, outboxLinkToken } from '../contracts/index.js';
import { createFencedPublishers, createProducerCore } from '../kafka/index.js';
import type { ProducerCore } from '../producer/index.js';
import { ConsumerControl } from './consumer-control.js';
import { DeadLetters } from './dead-letters/index.js';
import { TopicAudit, TopicProvisioner } from './durability/index.js';
import { ReliableKafkaEvents } from './events.js';
import { Stores } from './guards/index.js';
import { destroyFirst, EventLog, HealthWatch } from './lifecycle/index.js';
import type {
  ReliableKafkaAsyncOptions,
  ReliableKafkaModuleExtras,
  ReliableKafkaOptions,
  ReliableKafkaOptionsFactory,
} from './options.js';
import { refuseWrongProducer } from './options-check.js';
import { messageSerializer, ReliableKafkaProducer } from './producer/index.js';
import { ReliableKafkaServer } from './server.js';
import {
  getAuditToken,
  getControlToken,
  getDeadLettersToken,
  getEventsToken,
  getOptionsToken,
  getProducerToken,
  getProvisionerToken,
  getServerToken,
} from './tokens.js';

/** Inside one module of ours; every `forRoot` has its own. */
const PRODUCER_CORE = Symbol.for('nestjs-reliable-kafka:producer-core');
const STORES = Symbol.for('nestjs-reliable-kafka:stores');
const EVENT_LOG = Symbol.for('nestjs-reliable-kafka:event-log');
const HEALTH_WATCH = Symbol.for('nestjs-reliable-kafka:health-watch');

/**
 * One Kafka client configuration, its consumer group and its producer. Provides `ReliableKafkaServer`, `ReliableKafkaProducer`, `ConsumerControl`,
 * `ReliableKafkaEvents`, `DeadLetters`, `TopicAudit` and `TopicProvisioner`; with a `name` under `getServerToken(name)`, `getProducerToken(name)`,
 * `getControlToken(name)`, `getEventsToken(name)`, `getDeadLettersToken(name)`, `getAuditToken(name)`, `getProvisionerToken(name)`.
 * Everything reads the injectable `RELIABLE_KAFKA_OPTIONS`, so tests can override it.
 */
@Module({})
export class ReliableKafkaModule implements OnApplicationShutdown {
  constructor(
    // By token: compilers such as esbuild emit no types of parameters.
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(PRODUCER_CORE) private readonly core: ProducerCore,
    @Inject(EVENT_LOG) private readonly eventLog: EventLog,
    @Inject(STORES) private readonly stores: Stores,
  ) {
    destroyFirst(ReliableKafkaModule, modules);
  }

  static forRoot({ name, isGlobal, ...options }: ReliableKafkaOptions & ReliableKafkaModuleExtras): DynamicModule {
    return assembled({ name, isGlobal }, [{ provide: getOptionsToken(name), useValue: options }]);
  }

  /** As `forRoot`, with options that are made by a factory or a class. `name` is needed before they are. */
  static forRootAsync({ imports = [], ...async }: ReliableKafkaAsyncOptions): DynamicModule {
    return { ...assembled(async, optionsProviders(async)), imports };
  }

  /** After the HTTP server: a request in flight can still send. */
  async onApplicationShutdown(): Promise<void> {
    await this.core.close();
    await this.stores.close();
    this.eventLog.end();
  }
}

function assembled({ name, isGlobal = true }: ReliableKafkaModuleExtras, options: Provider[]): DynamicModule {
  const [OPTIONS, SERVER] = [getOptionsToken(name), getServerToken(name)];
  const [PRODUCER, CONTROL, EVENTS] = [getProducerToken(name), getControlToken(name), getEventsToken(name)];
  const [AUDIT, PROVISIONER] = [getAuditToken(name), getProvisionerToken(name)];
  const DEAD_LETTERS = getDeadLettersToken(name);
  const OUTBOX_LINK = outboxLinkToken(name);
  return {
    module: ReliableKafkaModule,
    global: isGlobal,
    providers: [
      ...options,
      { provide: EVENTS, useClass: ReliableKafkaEvents },
      {
        provide: EVENT_LOG,
        inject: [EVENTS],
        useFactory: (events: ReliableKafkaEvents) => {
          const log = new EventLog(loggerOf(name));
          events.events$.subscribe(log.write);
          return log;
        },
      },
      {
        provide: PRODUCER_CORE,
        inject: [OPTIONS, EVENTS],
        useFactory: (options: ReliableKafkaOptions, events: ReliableKafkaEvents) => {
          refuseWrongProducer(options);
          return createProducerCore({ ...options, emit: events.emit, log: loggerOf(name) });
        },
      },
      {
        provide: SERVER,
        inject: [OPTIONS, PRODUCER_CORE, STORES, DEAD_LETTERS, EVENTS, ModulesContainer, ModuleRef],
        useFactory: (
          options: ReliableKafkaOptions,
          core: ProducerCore,
          stores: Stores,
          deadLetters: DeadLetters,
          events: ReliableKafkaEvents,
          modules: ModulesContainer,
          moduleRef: ModuleRef,
        ) =>
          new ReliableKafkaServer({
            name,
            options,
            core,
            stores,
            deadLetters,
            events,
            modules,
            moduleRef,
            log: loggerOf(name),
          }),
      },
      {
        provide: DEAD_LETTERS,
        inject: [OPTIONS, PRODUCER_CORE],
        useFactory: (options: ReliableKafkaOptions, core: ProducerCore) =>
          new DeadLetters({ options, core, log: loggerOf(name) }),
      },
      {
        provide: STORES,
        inject: [OPTIONS, ModuleRef],
        useFactory: (options: ReliableKafkaOptions, moduleRef: ModuleRef) =>
          new Stores(options?.idempotency ?? [], options?.parking, moduleRef, loggerOf(name)),
      },
      {
        provide: PRODUCER,
        inject: [OPTIONS, PRODUCER_CORE],
        useFactory: (options: ReliableKafkaOptions, core: ProducerCore) =>
          new ReliableKafkaProducer(core, options?.serializer),
      },
      {
        provide: OUTBOX_LINK,
        inject: [OPTIONS, EVENTS],
        useFactory: (options: ReliableKafkaOptions, events: ReliableKafkaEvents): OutboxLink => ({
          publishers: createFencedPublishers({ ...options, log: loggerOf(name) }),
          serialize: messageSerializer(options?.serializer),
          emit: events.emit,
          log: loggerOf(name),
        }),
      },
      {
        provide: HEALTH_WATCH,
        inject: [SERVER, OPTIONS, EVENTS],
        useFactory: (
          { consumption }: ReliableKafkaServer,
          options: ReliableKafkaOptions,
          events: ReliableKafkaEvents,
        ) => {
          const watch = new HealthWatch(consumption, options?.consumer, events.emit);
          events.events$.subscribe(watch.note);
          return watch;
        },
      },
      {
        provide: CONTROL,
        inject: [SERVER, OPTIONS, HEALTH_WATCH],
        useFactory: (server: ReliableKafkaServer, options: ReliableKafkaOptions, watch: HealthWatch) =>
          new ConsumerControl(server.consumption, options?.concurrency, () => watch.look()),
      },
      { provide: healthToken(name), useExisting: CONTROL },
      {
        provide: AUDIT,
        inject: [OPTIONS, SERVER],
        useFactory: (options: ReliableKafkaOptions, server: ReliableKafkaServer) =>
          new TopicAudit(options, server.consumption, loggerOf(name)),
      },
      {
        provide: PROVISIONER,
        inject: [OPTIONS],
        useFactory: (options: ReliableKafkaOptions) => new TopicProvisioner(options, loggerOf(name)),
      },
    ],
    exports: [OPTIONS, SERVER, PRODUCER, CONTROL, EVENTS, DEAD_LETTERS, AUDIT, PROVISIONER, OUTBOX_LINK],
  };
}

function optionsProviders({ name, inject, useFactory, useClass, useExisting }: ReliableKafkaAsyncOptions): Provider[] {
  const provide = getOptionsToken(name);
  if (useFactory) return [{ provide, inject, useFactory }];
  const factory = useExisting ?? useClass;
  if (!factory) {
    throw new ConfigurationError([
      {
        where: 'ReliableKafkaModule.forRootAsync',
        what: 'nothing makes the options',
        remedy: 'Give useFactory, useClass or useExisting.',
      },
    ]);
  }
  return [
    ...(useClass ? [useClass] : []),
    {
      provide,
      inject: [factory],
      useFactory: (made: ReliableKafkaOptionsFactory) => made.createReliableKafkaOptions(),
    },
  ];
}

function loggerOf(name: string | undefined): Logger {
  return new Logger(name === undefined ? 'ReliableKafka' : `ReliableKafka:${name}`);
}
