import type { EmitEvent } from './events.js';
import type { FencedPublishers } from './fenced-publisher.js';
import type { Log } from './log.js';
import type { SerializeMessage } from './serializing.js';

/** What a module of ours gives to an outbox: all that it needs of Kafka. */
export interface OutboxLink {
  readonly publishers: FencedPublishers;
  /** As the module's producer does it. */
  readonly serialize: SerializeMessage;
  readonly emit: EmitEvent;
  readonly log: Log;
}

/** The token of its provider; of the unnamed module without a name. */
export function outboxLinkToken(name?: string): symbol {
  return Symbol.for(`nestjs-reliable-kafka:outbox-link${name === undefined ? '' : `:${name}`}`);
}

/** What an outbox tells. */
export type OutboxEvent =
  /** The broker refuses a record for good. It is kept, marked as dead; `id` is its `message-id`. The records behind it go on. */
  | {
      readonly type: 'outbox-record-dead';
      readonly topic: string;
      readonly id: string;
      readonly sequence: number;
      readonly reason: string;
    }
  /** Records of a slot were not published, or it is not known whether they were, or were not deleted after it: tried again. */
  | { readonly type: 'outbox-failed'; readonly slot: number; readonly error: unknown; readonly retryInMs: number };
