import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type {
  EmitEvent,
  HealthReport,
  HealthStatus,
  ReliableConsumerOptions,
  ReliableKafkaEvent,
} from '../../contracts/index.js';
import { Health } from '../../telemetry/index.js';
import type { Consumption } from './consumption.js';

/** Between two looks; what time alone changes is told so much later at most. */
const LOOK_EVERY = 5_000;
/** After an event that may have changed something: what it announces has happened by then, and a storm of them costs one look. */
const LOOK_SOON = 250;

/** Events after which a look is worth its while. Others are many, or say nothing that health would know. */
const WORTH_A_LOOK = new Set<ReliableKafkaEvent['type']>([
  'assigned',
  'revoked',
  'paused',
  'resumed',
  'outage-began',
  'outage-ended',
  'lease-lost',
  'lease-regained',
  'consumer-crashed',
  'lane-held',
  'attempt-stuck',
  'dead-lettered',
  'send-failed',
  'event-loop-delayed',
]);

/** A rebalance may take kafkajs's `rebalanceTimeout`, and to join and to read positions some more. */
const REBALANCE = 60_000;
const AND_MORE = 15_000;

/** Looks after the health of one module from the application's start to its shutdown, and tells when it changes. */
export class HealthWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly health: Health;
  private status: HealthStatus | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;

  constructor(
    private readonly consumption: Pick<Consumption, 'runtime' | 'isPreparing'>,
    /** Absent: this application only produces. */
    private readonly consumer: ReliableConsumerOptions | undefined,
    private readonly emit: EmitEvent,
  ) {
    this.health = new Health(() => Date.now(), (consumer?.rebalanceTimeout ?? REBALANCE) + AND_MORE);
  }

  readonly note = (event: ReliableKafkaEvent): void => {
    this.health.note(event);
    if (!this.ticking || !WORTH_A_LOOK.has(event.type)) return;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.watch();
    }, LOOK_SOON).unref();
  };

  look(): HealthReport {
    const { runtime, isPreparing } = this.consumption;
    if (runtime) return this.health.look(runtime.condition());
    const state = !this.consumer ? 'absent' : isPreparing ? 'starting' : 'not-started';
    return this.health.look({ state, hasLease: false, partitions: [], handlers: [] });
  }

  onApplicationBootstrap(): void {
    this.ticking = setInterval(() => this.watch(), LOOK_EVERY).unref();
    this.watch();
  }

  /** A shutdown is no illness: from now on nothing is told. */
  onModuleDestroy(): void {
    clearInterval(this.ticking);
    clearTimeout(this.soon);
    this.ticking = undefined;
  }

  private watch(): void {
    const { status: to, reasons } = this.look();
    const from = this.status;
    this.status = to;
    if (from !== undefined && from !== to) this.emit({ type: 'health-changed', from, to, reasons });
  }
}
