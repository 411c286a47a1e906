import type { Logger, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { Server, Transport } from '@nestjs/microservices';
import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import { distinctUntilChanged, filter, map } from 'rxjs';
import type { Observable } from 'rxjs';
import { ConsumerRuntime } from '../consumer/index.js';
import type { ConfigurationProblem, HandlerBinding, Probe } from '../contracts/index.js';
import { ConfigurationError, ReliableKafkaError } from '../contracts/index.js';
import type { ProducerCore } from '../producer/index.js';
import { GuardedHandler, NestHandler, Replies } from './attempts/index.js';
import { recordProducer } from './context/index.js';
import { addressed, deadLetterProblems } from './dead-letters/index.js';
import type { DeadLetters } from './dead-letters/index.js';
import type { ReliableKafkaEvents } from './events.js';
import { guardProblems, openGuard } from './guards/index.js';
import type { Stores } from './guards/index.js';
import {
  isTakenBy,
  parkingProblems,
  planHandlers,
  policyProblems,
  Registration,
  serverProblems,
  topicOf,
  topicOrderProblems,
  walkHandlers,
} from './handlers/index.js';
import type { HandlerPlans, ServerIdentity } from './handlers/index.js';
import { Consumption } from './lifecycle/index.js';
import { openProbes } from './open-probes.js';
import { optionProblems } from './options-check.js';
import type { ReliableKafkaOptions } from './options.js';
import { RecordDecoder } from './record-decoder.js';
import { reliableKafka } from './transport.js';

/** What the module gives its server. */
export interface ServerParts {
  readonly name: string | undefined;
  readonly options: ReliableKafkaOptions;
  readonly core: ProducerCore;
  readonly stores: Stores;
  readonly deadLetters: DeadLetters;
  readonly events: ReliableKafkaEvents;
  readonly modules: ModulesContainer;
  readonly moduleRef: ModuleRef;
  readonly log: Logger;
}

/** Of Nest's `KafkaStatus`, what our consumer can tell. */
type Status = (typeof STATUS)[keyof typeof STATUS];
const STATUS = { assigned: 'connected', revoked: 'rebalancing', 'consumer-crashed': 'crashed' } as const;

/**
 * The transport strategy: `app.connectMicroservice({ strategy: app.get(ReliableKafkaServer) })`. Takes the handlers that Nest's own Kafka server
 * would take, unchanged. Consumption begins when it listens and the application is bootstrapped, and drains before any provider is destroyed.
 *
 * Listening, or the application's start if that comes later, rejects with a `ConfigurationError` that lists everything that is wrong.
 */
export class ReliableKafkaServer
  extends Server<never, Status>
  implements CustomTransportStrategy, OnApplicationBootstrap, OnModuleDestroy, ServerIdentity
{
  /** Failures of events are ours to tell. */
  override readonly propagatesEventHandlerErrors = true;
  readonly name: string | undefined;
  /** @internal */
  readonly answersTo: Transport | symbol;
  /** @internal */
  readonly consumption: Consumption;
  protected override readonly logger: Logger;
  private readonly registration: Registration;
  private readonly decoder: RecordDecoder;
  private planned: HandlerPlans | undefined;
  private bound: Promise<Bound> | undefined;

  /** @internal */
  constructor(private readonly parts: ServerParts) {
    super();
    const { name, options, modules, moduleRef } = parts;
    this.name = name;
    this.logger = parts.log;
    this.answersTo = name === undefined ? (options?.transport ?? Transport.KAFKA) : reliableKafka(name);
    this.serializer = options?.serializer ?? new KafkaRequestSerializer();
    this.decoder = new RecordDecoder(options ?? {}, this.logger);
    this.registration = new Registration(modules, moduleRef, this.answersTo);
    this.consumption = new Consumption(() => this.runtime(), this.logger);
    this.noticeRegistration();
  }

  /** Called by Nest for each pattern of each handler, in the order of its walk. */
  override addHandler(pattern: any, callback: MessageHandler, isEventHandler = false, extras: object = {}): void {
    this.registration.add(pattern, callback, isEventHandler, extras);
    const topic = topicOf(pattern);
    if (topic !== undefined) this.messageHandlers.set(topic as string, callback);
  }

  listen(callback: (error?: unknown) => void): void {
    const listening = async (): Promise<void> => {
      this.check();
      await this.consumption.listening();
    };
    listening().then(() => callback(), callback);
  }

  /** Drains, commits and leaves the group. Idempotent. */
  close(): Promise<void> {
    return this.consumption.end();
  }

  async onApplicationBootstrap(): Promise<void> {
    this.check();
    await this.consumption.applicationBootstrapped();
  }

  onModuleDestroy(): Promise<void> {
    return this.close();
  }

  override get status(): Observable<Status> {
    return this.parts.events.events$.pipe(
      map(({ type }) => STATUS[type as keyof typeof STATUS]),
      filter((status) => status !== undefined),
      distinctUntilChanged(),
    );
  }

  on(): never {
    throw new ReliableKafkaError(
      'ReliableKafkaServer has no events of its own: subscribe to ReliableKafkaEvents.events$',
    );
  }

  unwrap(): never {
    throw new ReliableKafkaError(
      'ReliableKafkaServer gives no client away: use ConsumerControl and ReliableKafkaProducer, or a kafkajs client of your own',
    );
  }

  /** The handlers of this server, ready to run, and their guards open. Rejects with `ConfigurationError`. @internal */
  async handlers(): Promise<readonly HandlerBinding[]> {
    const { bindings, problems } = await this.binding();
    if (problems.length > 0) throw new ConfigurationError(problems);
    return bindings;
  }

  /** @internal */
  get decode() {
    return this.decoder.decode;
  }

  /** Of a server that is not connected, only the options count. */
  private check(): void {
    const problems = this.registration.hasBegun ? this.problems() : optionProblems(this.parts.options);
    if (problems.length > 0) throw new ConfigurationError(problems);
  }

  private problems(): ConfigurationProblem[] {
    const { modules, options } = this.parts;
    const servers = serversOf(modules);
    const sites = walkHandlers(modules);
    const taken = sites.filter(
      (site) => topicOf(site.pattern) !== undefined && servers.some((one) => isTakenBy(site, one.answersTo)),
    );
    const nothingToConsume = {
      where: 'consumer',
      what: 'it is missing, so this application only produces, but its server was connected',
      remedy: 'Give consumer.groupId, or do not connect the ReliableKafkaServer.',
    };
    return [
      ...optionProblems(options),
      ...(options?.consumer ? [] : [nothingToConsume]),
      ...serverProblems(servers, taken),
      ...this.registration.problems(),
      ...policyProblems(modules, taken),
      ...this.plan().problems,
      ...guardProblems(this.plan().plans),
      ...deadLetterProblems(this.plan().plans),
      ...parkingProblems(this.plan().plans, options?.parking !== undefined),
    ];
  }

  private plan(): HandlerPlans {
    const sites = this.registration.handlers.map(({ site }) => site);
    return (this.planned ??= planHandlers(
      sites.filter(({ pattern }) => topicOf(pattern) !== undefined),
      this.parts.options?.defaults,
    ));
  }

  private binding(): Promise<Bound> {
    return (this.bound ??= this.bind());
  }

  private async bind(): Promise<Bound> {
    const { plans, warnings } = this.plan();
    for (const warning of warnings) this.logger.warn(warning);
    const ignored = this.registration.handlers.filter(({ site }) => topicOf(site.pattern) === undefined);
    if (ignored.length > 0) {
      const methods = ignored.map(({ site }) => `${site.controller.name}.${site.method}`);
      this.logger.warn(`Patterns that are objects name no topic and are ignored: ${methods.join(', ')}`);
    }
    const replies = new Replies(this.parts.core, this.serializer, this.logger);
    const producer = recordProducer(this.parts.core);
    const handlers = plans.map((plan) => {
      const registered = this.registration.handlers.find(({ site }) => site === plan.site)!;
      const setting = { handler: plan.label, parse: this.decoder.message, producer };
      return { plan, handler: new NestHandler(plan, registered, setting, replies) };
    });
    const { options, stores, deadLetters } = this.parts;
    const problems = [...(await stores.open())];
    const { probes, problems: ofProbes } = await openProbes(options, stores, this.logger);
    problems.push(...ofProbes);
    const groupId = options.consumer?.groupId ?? '';
    const bindings: HandlerBinding[] = [];
    for (const { plan, handler } of handlers) {
      const opened = await openGuard(plan, {
        groupId,
        stores,
        emit: this.parts.events.emit,
        log: this.logger,
      });
      problems.push(...opened.problems);
      const guarded = opened.guard ? new GuardedHandler(handler, opened.guard, plan.guard!) : handler;
      bindings.push(addressed(guarded, groupId));
    }
    deadLetters.serve(bindings, options.parking);
    return { bindings, probes, problems };
  }

  private async runtime(): Promise<ConsumerRuntime | undefined> {
    const { bindings, probes, problems } = await this.binding();
    if (bindings.length === 0) {
      this.logger.warn('There are no handlers for this server, so nothing is consumed');
      return undefined;
    }
    return new ConsumerRuntime({
      options: this.parts.options,
      bindings,
      deadLetters: this.parts.deadLetters.sink,
      parking: this.parts.options.parking,
      probes,
      decode: this.decode,
      emit: this.parts.events.emit,
      log: this.logger,
      validate: (partitionCounts) => [...problems, ...topicOrderProblems(this.plan().plans, partitionCounts)],
    });
  }

  /**
   * Nest reads the transport id before it builds the callbacks of a controller: the last moment for enhancers to be put in place, and the first
   * at which all others are known. A microservice whose callbacks are not built while it is being connected is a deferred one.
   */
  private noticeRegistration(): void {
    let transportId: Transport | symbol = this.answersTo;
    let connecting = false;
    this.parts.modules.getRpcTargetRegistry?.().subscribe((target: unknown) => {
      if (target !== this) return;
      connecting = true;
      queueMicrotask(() => (connecting = false));
    });
    Object.defineProperty(this, 'transportId', {
      get: () => {
        this.registration.begin(!connecting);
        return transportId;
      },
      set: (id: Transport | symbol) => {
        transportId = id;
      },
    });
  }
}

/** What was made of the handlers, and what is wrong with their guards. */
interface Bound {
  readonly bindings: readonly HandlerBinding[];
  readonly probes: readonly Probe[];
  readonly problems: readonly ConfigurationProblem[];
}

function serversOf(modules: ModulesContainer): ReliableKafkaServer[] {
  const instances = [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()].map(({ instance }) => instance),
  );
  return instances.filter((one): one is ReliableKafkaServer => one instanceof ReliableKafkaServer);
}
