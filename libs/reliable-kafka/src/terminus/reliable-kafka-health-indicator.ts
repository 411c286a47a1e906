import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthReport, HealthTeller } from '../contracts/index.js';
import { healthToken, ReliableKafkaError } from '../contracts/index.js';

export interface ReliableKafkaHealthOptions {
  /** The `name` of the `ReliableKafkaModule`; absent: the unnamed one. */
  readonly name?: string;
}

export interface ReliableKafkaReadinessOptions extends ReliableKafkaHealthOptions {
  /** Whether yellow passes the check: all goes on then, and somebody should look. Default true. */
  readonly yellowIsUp?: boolean;
}

/**
 * `ConsumerControl.health()` for `@nestjs/terminus`. `isHealthy` is for readiness, `isAlive` for liveness: a database that is down makes health red, and a
 * restart of the process would not bring it back.
 */
@Injectable()
export class ReliableKafkaHealthIndicator {
  constructor(
    // By token: compilers such as esbuild emit no types of parameters.
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  /**
   * Down while health is red. Yellow is `degraded` where terminus knows it (from 12 on), else up; both pass. The details are `{ health, reasons, more }`.
   * Rejects with a `ReliableKafkaError` when there is no such module.
   */
  async isHealthy<const Key extends string>(
    key: Key,
    { yellowIsUp = true, name }: ReliableKafkaReadinessOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const { status: health, reasons, more } = this.health(name);
    const check = this.indicators.check(key);
    const details = { health, reasons, more };
    if (health === 'green') return check.up(details);
    if (health === 'red' || !yellowIsUp) return check.down(details);
    // terminus 11 does not know it.
    return check.degraded?.(details) ?? check.up(details);
  }

  /** Down only once nothing but a restart of the process can help: the consumer has failed, and your `restartOnFailure` forbade another start. */
  async isAlive<const Key extends string>(
    key: Key,
    { name }: ReliableKafkaHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const reasons = this.health(name).reasons.filter(({ code }) => code === 'given-up');
    const check = this.indicators.check(key);
    return reasons.length > 0 ? check.down({ reasons }) : check.up();
  }

  private health(name: string | undefined): HealthReport {
    let teller: HealthTeller;
    try {
      teller = this.modules.get<HealthTeller>(healthToken(name), { strict: false });
    } catch (cause) {
      const which = name === undefined ? 'without a name' : `named '${name}'`;
      throw new ReliableKafkaError(
        `There is no ReliableKafkaModule ${which} in this application, so it has no health`,
        {
          cause,
        },
      );
    }
    return teller.health();
  }
}
