import type { TopicPartition } from './topic-partition.js';
import type { DeathReason } from './dead-letter.js';
import type { WaitReason } from './handler.js';
import type { HealthReason, HealthStatus } from './health.js';
import type { OutboxEvent } from './outbox.js';
import type { ParkingEvent } from './parking-events.js';
import type { ProducerEvent } from './producer-events.js';
import type { DrainReason, PauseReason } from './source.js';

/** A record by its coordinates. */
export interface RecordRef extends TopicPartition {
  readonly offset: bigint;
}

export function refOf({ topic, partition, offset }: RecordRef): RecordRef {
  return { topic, partition, offset };
}

/** Everything that the library tells, as one typed union: subscribe to `ReliableKafkaEvents.events$` and switch on `type`. */
export type ReliableKafkaEvent =
  | { readonly type: 'assigned'; readonly assignment: number; readonly partitions: readonly TopicPartition[] }
  | { readonly type: 'revoked' }
  | { readonly type: 'drained'; readonly reason: DrainReason; readonly ms: number; readonly abandoned: number }
  | { readonly type: 'committed'; readonly topic: string; readonly partition: number; readonly offset: bigint }
  | { readonly type: 'commit-failed'; readonly error: unknown }
  | {
      readonly type: 'attempt-failed';
      readonly record: RecordRef;
      readonly handler: string;
      readonly attempt: number;
      readonly error: unknown;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'record-skipped';
      readonly record: RecordRef;
      readonly handler: string;
      readonly reason: 'duplicate' | 'superseded';
    }
  | {
      readonly type: 'record-waiting';
      readonly record: RecordRef;
      readonly handler: string;
      readonly reason: WaitReason;
      readonly retryInMs: number;
    }
  | {
      readonly type: 'dead-lettered';
      readonly record: RecordRef;
      readonly handler: string;
      readonly topic: string;
      readonly reason: DeathReason;
      readonly error: unknown;
    }
  /**
   * `starts` owners of the partition began at the same place, or have not got far, and none has ended cleanly: a record may be what ends the processes.
   * Until as many have run as could have been it, they run one at a time. `suspects`: with these, processes went down before.
   */
  | {
      readonly type: 'caution-began';
      readonly topic: string;
      readonly partition: number;
      readonly starts: number;
      readonly suspects: readonly bigint[];
    }
  | { readonly type: 'caution-ended'; readonly topic: string; readonly partition: number }
  /** What handlers need is down, as a probe has shown, or a dead letter topic refuses writes: the partitions that met it start nothing. */
  | { readonly type: 'outage-began'; readonly what: string; readonly error: unknown }
  | { readonly type: 'outage-ended'; readonly what: string; readonly ms: number }
  | { readonly type: 'lane-held'; readonly record: RecordRef; readonly handler: string; readonly error: unknown }
  | { readonly type: 'attempt-stuck'; readonly record: RecordRef; readonly handler: string; readonly ms: number }
  | { readonly type: 'record-undecodable'; readonly record: RecordRef; readonly error: unknown }
  | { readonly type: 'key-mismatch'; readonly topic: string; readonly handler: string }
  | {
      readonly type: 'ahead-bound';
      readonly topic: string;
      readonly partition: number;
      readonly watermark: bigint;
      readonly ahead: number;
    }
  | {
      readonly type: 'out-of-range';
      readonly topic: string;
      readonly partition: number;
      readonly position: bigint;
      readonly logStart: bigint;
      readonly logEnd: bigint;
    }
  | {
      readonly type: 'paused' | 'resumed';
      readonly topic: string;
      readonly partition: number;
      readonly reason: PauseReason;
    }
  | { readonly type: 'lease-lost' | 'lease-regained' }
  | { readonly type: 'event-loop-delayed'; readonly ms: number }
  | { readonly type: 'consumer-crashed'; readonly error: unknown; readonly restarting: boolean }
  /** What `ConsumerControl.health()` says turned from one status to another; `reasons` are those of the new one. Noticed within some seconds. */
  | {
      readonly type: 'health-changed';
      readonly from: HealthStatus;
      readonly to: HealthStatus;
      readonly reasons: readonly HealthReason[];
    }
  | ParkingEvent
  | ProducerEvent
  | OutboxEvent;

export type EmitEvent = (event: ReliableKafkaEvent) => void;
