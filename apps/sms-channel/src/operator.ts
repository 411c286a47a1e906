import { Inject, Injectable, ServiceUnavailableException, UnprocessableEntityException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { OperatorMessage } from 'sms-contracts';
import { Callbacks } from './callbacks.js';
import { chance } from './chance.js';
import { CHANNEL_CONFIG, type ChannelConfig } from './channel.config.js';
import { Journal } from './journal.js';

/** The message was accepted, and the caller will not hear of it. */
export class AnswerLost extends Error {}

interface Known {
  calls: number;
  accepted?: Promise<{ operatorId: string }>;
}

/** A simulated operator: slow, failing at times, and patient with repeated calls. */
@Injectable()
export class Operator {
  private readonly known = new Map<string, Known>();

  constructor(
    @Inject(CHANNEL_CONFIG) private readonly config: ChannelConfig,
    private readonly journal: Journal,
    private readonly callbacks: Callbacks,
  ) {}

  /**
   * Accepts a message once per key; a repeated call gets the first one's answer.
   * @throws HttpException when it is not accepted, @throws AnswerLost when it is
   */
  async submit(key: string, message: OperatorMessage): Promise<{ operatorId: string }> {
    const known = this.known.get(key) ?? { calls: 0 };
    this.known.set(key, known);
    known.calls++;
    if (known.accepted) {
      this.journal.repeated++;
      return known.accepted;
    }
    if (this.config.REJECTED_NUMBERS.has(message.to)) {
      await delay(this.config.LATENCY_MS);
      throw new UnprocessableEntityException({ reason: `no such number: ${message.to}` });
    }
    const luck = chance(key, known.calls) / this.config.FAILURE_RATE;
    if (luck < 0.5) {
      await delay(this.config.LATENCY_MS);
      throw new ServiceUnavailableException('The operator is busy');
    }
    known.accepted = this.accept(key, message);
    const answer = await known.accepted;
    if (luck < 1) throw new AnswerLost();
    return answer;
  }

  private async accept(key: string, { to, reference }: OperatorMessage): Promise<{ operatorId: string }> {
    this.journal.arrived(key, reference);
    await delay(this.config.LATENCY_MS);
    this.journal.handled(reference);
    const undelivered = chance(key, 'delivery') < this.config.UNDELIVERED_RATE;
    this.callbacks.receipts.push({ key, reference, outcome: undelivered ? 'undelivered' : 'delivered' });
    if (this.config.STOP_NUMBERS.has(to))
      this.callbacks.replies.push({ id: randomUUID(), from: to, reference, text: 'Stop.' });
    return { operatorId: `op-${this.journal.arrivals.length}` };
  }
}
