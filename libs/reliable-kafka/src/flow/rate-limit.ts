import type { RateLimitOptions } from '../contracts/index.js';
import { TokenBucket } from './token-bucket.js';

/** How many records, and how many of their bytes, may pass in a span of time; without options all of them. */
export class RateLimit {
  private readonly records: TokenBucket | undefined;
  private readonly bytes: TokenBucket | undefined;

  constructor(options: RateLimitOptions | undefined, now: () => number) {
    const { records, bytes, per = 1_000 } = options ?? {};
    if (records !== undefined) this.records = new TokenBucket(records, per, now);
    if (bytes !== undefined) this.bytes = new TokenBucket(bytes, per, now);
  }

  /** How long until something may pass, in ms; 0: now. */
  get wait(): number {
    return Math.max(this.records?.msUntil(1) ?? 0, this.bytes?.msUntil(1) ?? 0);
  }

  /** How much may pass now, when there is no `wait`. A single record may be larger: its bytes are owed. */
  get allowance(): { readonly records: number; readonly bytes: number } {
    return {
      records: Math.floor(this.records?.available ?? Infinity),
      bytes: Math.floor(this.bytes?.available ?? Infinity),
    };
  }

  passed(records: number, bytes: number): void {
    this.records?.take(records);
    this.bytes?.take(bytes);
  }
}
