import { Injectable } from '@nestjs/common';

export interface Arrival {
  readonly key: string;
  readonly reference: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the operator saw, so that a test can compare it with what was sent. It only grows: the operator is simulated, and so is its disk. */
@Injectable()
export class Journal {
  /** Accepted messages, in the order of their arrival. */
  readonly arrivals: Arrival[] = [];
  /** Calls that repeated a known idempotency key. */
  repeated = 0;
  /** Messages that arrived while another one with the same reference was still being handled. */
  overlapped = 0;
  private readonly handling = new Map<string, number>();

  arrived(key: string, reference: string): void {
    this.arrivals.push({ key, reference, at: Date.now() });
    const others = this.handling.get(reference) ?? 0;
    if (others > 0) this.overlapped++;
    this.handling.set(reference, others + 1);
  }

  handled(reference: string): void {
    const left = this.handling.get(reference)! - 1;
    if (left > 0) this.handling.set(reference, left);
    else this.handling.delete(reference);
  }
}
