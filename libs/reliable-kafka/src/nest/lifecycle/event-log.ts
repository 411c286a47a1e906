import type { HealthReason, HealthStatus, Log, RecordRef, ReliableKafkaEvent } from '../../contracts/index.js';
import { CrashedError, partitionName } from '../../contracts/index.js';
import { LineBudget } from './line-budget.js';
import { parkingLine } from './parking-line.js';

/** Writes what a team must see into the log, whether or not anybody subscribes to the events. */
export class EventLog {
  private readonly budget: LineBudget;
  private readonly mismatches = new Set<string>();

  constructor(log: Log) {
    this.budget = new LineBudget(log);
  }

  end(): void {
    this.budget.end();
  }

  readonly write = (event: ReliableKafkaEvent): void => {
    const say = (level: 'log' | 'warn' | 'error', line: () => string, about = '') =>
      this.budget.write(level, about ? `${event.type} ${about}` : event.type, line);
    switch (event.type) {
      case 'attempt-failed':
        return say(
          'error',
          () =>
            `${event.handler} failed on ${at(event.record)} (attempt ${event.attempt}); its key waits, tried again in ${event.retryInMs} ms: ${described(event.error)}`,
          event.handler,
        );
      case 'lane-held':
        return say(
          'error',
          () =>
            `${event.handler} cannot handle ${at(event.record)}; its key is held${event.error instanceof CrashedError ? '' : ' until a restart'}: ${described(event.error)}`,
          event.handler,
        );
      case 'record-waiting':
        return say(
          'log',
          () =>
            `${event.handler} waits for ${at(event.record)}: ${event.reason}, asked again in ${Math.round(event.retryInMs)} ms`,
          event.handler,
        );
      case 'attempt-stuck':
        return say('warn', () => `${event.handler} is busy with ${at(event.record)} for ${event.ms} ms; its key waits`);
      case 'record-undecodable':
        return say(
          'error',
          () =>
            `${at(event.record)} cannot be decoded, or has no ordering key; its partition stops there: ${described(event.error)}`,
        );
      case 'key-mismatch':
        if (this.mismatches.has(event.topic)) return undefined;
        this.mismatches.add(event.topic);
        return say(
          'warn',
          () =>
            `${event.handler} orders ${event.topic} by another key than its record key: order holds inside a partition only, so send with \`orderedBy\``,
          event.topic,
        );
      case 'ahead-bound':
        return say(
          'warn',
          () =>
            `${partitionName(event.topic, event.partition)} is ${event.ahead} records past offset ${event.watermark}, which has no outcome: fetching pauses`,
        );
      case 'out-of-range':
        return say(
          'error',
          () =>
            `The position ${event.position} of ${partitionName(event.topic, event.partition)} lies outside its log (${event.logStart} to ${event.logEnd}); see the option outOfRange`,
        );
      case 'caution-began':
        return say('warn', () => cautionLine(event));
      case 'caution-ended':
        return say(
          'log',
          () => `${partitionName(event.topic, event.partition)} runs as before: none of its records ended the process`,
        );
      case 'lease-lost':
        return say('error', () => 'No broker has acknowledged a heartbeat for the session timeout: no record starts');
      case 'lease-regained':
        return say('log', () => 'The broker acknowledges heartbeats again');
      case 'event-loop-delayed':
        return say('warn', () => `The event loop was blocked for ${event.ms} ms: heartbeats wait as long`);
      case 'consumer-crashed':
        return say(
          'error',
          () => `The consumer crashed${event.restarting ? ' and restarts' : ''}: ${described(event.error)}`,
        );
      case 'health-changed':
        return say(LEVELS[event.to], () => healthLine(event.to, event.reasons));
      case 'commit-failed':
        return say('warn', () => `A commit was not acknowledged and is sent again: ${described(event.error, false)}`);
      case 'send-failed':
        return event.unheard
          ? say(
              'error',
              () => `Enqueued messages failed, and nobody else is told: ${described(event.error, false)}`,
              event.topic,
            )
          : say('warn', () => `A send to ${event.topic} failed: ${described(event.error, false)}`, event.topic);
      case 'send-retried':
        return say(
          'warn',
          () =>
            `${event.records} records to ${partitionName(event.topic, event.partition)} are tried again after attempt ${event.attempt}: ${described(event.error, false)}`,
          event.topic,
        );
      case 'send-buffer-full':
        return say(
          'warn',
          () =>
            `The producer's buffer is full (${event.records} records, ${event.bytes} bytes): enqueue to ${event.topic} waits; see the option producer.maxBuffered`,
        );
      case 'callback-failed':
        return say(
          'error',
          () =>
            `An onDelivery callback failed for the message ${event.id} to ${event.topic}: ${described(event.error)}`,
          event.topic,
        );
      case 'outbox-record-dead':
        return say(
          'error',
          () =>
            `The outbox's record ${event.id} to ${event.topic} is refused and kept as dead (Outbox.dead()): ${event.reason}`,
          event.topic,
        );
      case 'outbox-failed':
        return say(
          'warn',
          () =>
            `Slot ${event.slot} of the outbox could not publish, which is tried again in ${event.retryInMs} ms: ${described(event.error, false)}`,
        );
      case 'assigned':
        return say(
          'log',
          () =>
            `Assigned: ${event.partitions.map(({ topic, partition }) => partitionName(topic, partition)).join(', ') || 'nothing'}`,
        );
      case 'drained':
        return event.abandoned > 0
          ? say(
              'warn',
              () => `A drain left ${event.abandoned} attempts behind after ${event.ms} ms; their records run again`,
            )
          : say('log', () => `Drained in ${event.ms} ms (${event.reason})`);
      default: {
        const told = parkingLine(event);
        return told && say(told.level, told.line, told.about);
      }
    }
  };
}

const LEVELS = { green: 'log', yellow: 'warn', red: 'error' } as const;
const REASONS = 3;

function healthLine(status: HealthStatus, reasons: readonly HealthReason[]): string {
  if (reasons.length === 0) return `Health is ${status}`;
  const told = reasons.slice(0, REASONS).map(({ message }) => message);
  const others = reasons.length > REASONS ? '. And more: see ConsumerControl.health()' : '';
  return `Health is ${status}. ${told.join('. ')}${others}`;
}

function cautionLine({ topic, partition, starts, suspects }: Extract<ReliableKafkaEvent, { type: 'caution-began' }>) {
  const running = suspects.length > 0 ? ` Running when one went down: offset ${suspects.join(', ')}.` : '';
  return `${partitionName(topic, partition)} has had ${starts} owners in a row, this one included, that did not end cleanly.${running} It runs one record at a time until it is known whether a record ends the process; look why processes go down`;
}

function at({ topic, partition, offset }: RecordRef): string {
  return `${partitionName(topic, partition)}@${offset}`;
}

function described(error: unknown, withStack = true): string {
  if (!(error instanceof Error)) return typeof error === 'object' ? JSON.stringify(error) : String(error);
  return withStack ? (error.stack ?? String(error)) : `${error.name}: ${error.message}`;
}
