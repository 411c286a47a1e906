import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import {
  API_KEY_HEADER,
  type OperatorReceipt,
  type OperatorReply,
  RECEIPTS_WEBHOOK,
  REPLIES_WEBHOOK,
} from 'sms-contracts';
import { Pool } from 'undici';
import { CHANNEL_CONFIG, type ChannelConfig } from './channel.config.js';

const BATCH = 200;
const LONGEST_PAUSE = 1_000;

/** Posts receipts and replies to the customer's webhooks: in order, in batches, and again until they are taken. */
@Injectable()
export class Callbacks implements OnApplicationShutdown {
  private readonly logger = new Logger(Callbacks.name);
  private readonly stopping = new AbortController();
  private readonly pool: Pool;
  readonly receipts: Outbox<OperatorReceipt>;
  readonly replies: Outbox<OperatorReply>;

  constructor(@Inject(CHANNEL_CONFIG) private readonly config: ChannelConfig) {
    this.pool = new Pool(config.WEBHOOK_URL, { connections: 2 });
    this.receipts = new Outbox((batch) => this.post(RECEIPTS_WEBHOOK, batch));
    this.replies = new Outbox((batch) => this.post(REPLIES_WEBHOOK, batch));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.pool.destroy();
  }

  private async post(path: string, batch: unknown[]): Promise<void> {
    const { signal } = this.stopping;
    for (let pause = 50; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        const headers = { 'content-type': 'application/json', [API_KEY_HEADER]: this.config.WEBHOOK_KEY };
        const body = JSON.stringify(batch);
        const answer = await this.pool.request({ method: 'POST', path, headers, body, signal });
        await answer.body.dump();
        if (answer.statusCode < 300) return;
        this.logger.warn(`${path} answered ${answer.statusCode}`);
      } catch (error) {
        if (!signal.aborted) this.logger.debug(`${path}: ${String(error)}`);
      }
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  }
}

/** One batch on its way at a time; what comes meanwhile gathers for the next. */
class Outbox<T> {
  private waiting: T[] = [];
  private sending = false;

  constructor(private readonly post: (batch: T[]) => Promise<void>) {}

  push(item: T): void {
    this.waiting.push(item);
    if (!this.sending) void this.send();
  }

  private async send(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) await this.post(this.waiting.splice(0, BATCH));
    this.sending = false;
  }
}
