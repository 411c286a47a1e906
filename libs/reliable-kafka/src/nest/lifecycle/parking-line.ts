import type { RecordRef, ReliableKafkaEvent } from '../../contracts/index.js';
import { partitionName } from '../../contracts/index.js';

export interface Line {
  readonly level: 'log' | 'warn' | 'error';
  readonly line: () => string;
  /** Lines about one thing share a bound. */
  readonly about?: string;
}

/** What the log says of parked keys. The keys themselves are not in it: they may be somebody's name. */
export function parkingLine(event: ReliableKafkaEvent): Line | undefined {
  switch (event.type) {
    case 'parked':
      return {
        level: 'error',
        line: () =>
          `${event.handler} failed on ${at(event.record)}; its key is parked with it, tried again in ${Math.round(event.retryInMs)} ms: ${String(event.error)}`,
        about: event.handler,
      };
    case 'key-held':
      return {
        level: 'warn',
        line: () =>
          `The key of ${at(event.record)} waits, for ${event.handler}, until its dead letter is replayed or discarded`,
        about: event.handler,
      };
    case 'unparked':
      return {
        level: 'log',
        line: () => `The key of ${at(event.record)} is not parked any more: ${event.handler} has handled what waited`,
        about: event.handler,
      };
    case 'parking-full':
      return {
        level: 'warn',
        line: () =>
          `${at(event.record)} finds no place in the parking store and waits in its lane, which holds back the watermark: see maxPerKey of @Park for ${event.handler}`,
        about: event.handler,
      };
    case 'parking-failed':
      return {
        level: 'error',
        line: () =>
          `The parking store did not take ${at(event.record)}, which waits in its lane and is offered again in ${event.retryInMs} ms: ${String(event.error)}`,
        about: event.handler,
      };
    case 'parking-fenced':
      return {
        level: 'warn',
        line: () =>
          `Another process took over what is parked of ${partitionName(event.topic, event.partition)}; nothing of it starts here until it is taken over again`,
      };
    case 'parked-unclaimed':
      return {
        level: 'warn',
        line: () =>
          `${event.keys} keys of ${partitionName(event.topic, event.partition)} are parked for a handler '${event.handler}', which is not here any more: give a handler that name with @Handler, or delete what is parked`,
      };
    case 'parking-unseen':
      return {
        level: 'error',
        line: () =>
          `Nobody sees which parked keys are due, since the parking store does not say: ${String(event.error)}`,
      };
    default:
      return undefined;
  }
}

function at({ topic, partition, offset }: RecordRef): string {
  return `${partitionName(topic, partition)}@${offset}`;
}
