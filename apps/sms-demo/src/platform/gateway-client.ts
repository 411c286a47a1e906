import { Pool } from 'undici';
import { API_KEY_HEADER, IDEMPOTENCY_KEY_HEADER } from 'sms-contracts';
import type { Message } from '../messages/index.js';

export type GatewayAnswer =
  | { readonly kind: 'accepted'; readonly smsId: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'error'; readonly what: string };

/** A client of the gateway, on connections that stay open. */
export class GatewayClient {
  private readonly pool: Pool;

  constructor(
    url: string,
    private readonly key: string,
    private readonly path: '/sms' | '/sms/synchronous' = '/sms',
  ) {
    this.pool = new Pool(url, { connections: 64, pipelining: 1 });
  }

  /** `key`: a repeated submission under it is one SMS. */
  async submit({ userId, text }: Omit<Message, 'id'>, to: string, key?: string): Promise<GatewayAnswer> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: this.path,
      headers: {
        'content-type': 'application/json',
        [API_KEY_HEADER]: this.key,
        ...(key && { [IDEMPOTENCY_KEY_HEADER]: key }),
      },
      body: JSON.stringify({ userId, to, text }),
    });
    const answer = (await body.json()) as { smsId: string; code?: string };
    if (statusCode === 422 && answer.code) return { kind: 'refused', code: answer.code };
    if (statusCode >= 300) return { kind: 'error', what: `${statusCode} ${JSON.stringify(answer)}` };
    return { kind: 'accepted', smsId: answer.smsId };
  }

  /** Requests in flight fail: a gateway that is asked to end would answer them for ever, as long as new ones come. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
