import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { API_KEY_HEADER } from './api-key.guard.js';
import type { SmsSubmitted } from './events.js';
import {
  IDEMPOTENCY_KEY_HEADER,
  OPERATOR_MESSAGES_PATH,
  OperatorAcceptance,
  OperatorRejection,
} from './operator-api.js';

export interface OperatorOptions {
  readonly url: string;
  readonly key: string;
  /** Calls at once. */
  readonly connections: number;
  /** Milliseconds until a call counts as unknown. */
  readonly timeout: number;
}

export type OperatorAnswer =
  { readonly accepted: true; readonly operatorId: string } | { readonly accepted: false; readonly reason: string };

/** Hands SMS to the operator, on connections that stay open. */
export class OperatorClient implements OnApplicationShutdown {
  private readonly pool: Pool;

  constructor(private readonly options: OperatorOptions) {
    const { url, connections, timeout } = options;
    this.pool = new Pool(url, { connections, pipelining: 1, headersTimeout: timeout, bodyTimeout: timeout });
  }

  /**
   * Resolves when the operator has decided. Rejects when it is unknown whether it has the SMS: call again with the same
   * `smsId`, and the operator recognizes it.
   */
  async submit(sms: SmsSubmitted): Promise<OperatorAnswer> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: OPERATOR_MESSAGES_PATH,
      headers: {
        'content-type': 'application/json',
        [API_KEY_HEADER]: this.options.key,
        [IDEMPOTENCY_KEY_HEADER]: sms.smsId,
      },
      body: JSON.stringify({ to: sms.to, parts: sms.parts, reference: sms.userId }),
    });
    if (statusCode === 202) return { accepted: true, ...OperatorAcceptance.parse(await body.json()) };
    if (statusCode === 422) return { accepted: false, ...OperatorRejection.parse(await body.json()) };
    await body.dump();
    throw new Error(`The operator answered ${statusCode} to SMS ${sms.smsId}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}
