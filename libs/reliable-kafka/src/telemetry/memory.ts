import type { ReliableKafkaEvent } from '../contracts/index.js';
import { Recent } from './recent.js';

/** The Kafka client failed; over with the next assignment. */
export interface Crash {
  readonly since: number;
  readonly restarting: boolean;
}

/** What events have told, and nothing can be asked for. Each entry ends with an event, or with time. */
export class Memory {
  crash: Crash | undefined;
  /** Since when commits have failed, without one that was acknowledged (ms). */
  commitsFailing: number | undefined;
  /** What is down, and since when. */
  readonly outages = new Map<string, number>();
  readonly recent = new Recent();

  note(event: ReliableKafkaEvent, now: number): void {
    switch (event.type) {
      case 'consumer-crashed':
        this.crash = { since: this.crash?.since ?? now, restarting: event.restarting };
        break;
      case 'assigned':
        this.crash = undefined;
        break;
      case 'commit-failed':
        this.commitsFailing ??= now;
        break;
      case 'committed':
      case 'revoked':
        this.commitsFailing = undefined;
        break;
      case 'outage-began':
        this.outages.set(event.what, now);
        break;
      case 'outage-ended':
        this.outages.delete(event.what);
        break;
      default:
        this.recent.note(event, now);
    }
  }
}
