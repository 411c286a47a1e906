import type { HealthSubject, ReliableKafkaEvent } from '../contracts/index.js';
import { partitionName } from '../contracts/index.js';
import { counted, type Finding, idOf } from './finding.js';

type Told<T extends ReliableKafkaEvent['type']> = Extract<ReliableKafkaEvent, { readonly type: T }>;

interface Kind<Event> {
  readonly code: Finding['code'];
  /** Milliseconds for which it is told after it happened last. */
  readonly lasts: number;
  about(event: Event): HealthSubject;
  message(event: Event, times: number): string;
}

const MINUTE = 60_000;
/** Topics that applications make up as they go must not fill the memory. */
const MOST = 200;

/** What happens, and is no state that could be looked at. */
const KINDS: { readonly [T in ReliableKafkaEvent['type']]?: Kind<Told<T>> } = {
  'dead-lettered': {
    code: 'dead-letters',
    lasts: 5 * MINUTE,
    about: ({ handler, record }) => ({ handler, topic: record.topic }),
    message: ({ handler, topic }, times) =>
      `${handler}: ${counted(times, 'record')} went to ${topic}. Look at them (DeadLetters.list), then replay or discard them`,
  },
  'send-failed': {
    code: 'sends-failing',
    lasts: MINUTE,
    about: ({ topic }) => ({ topic }),
    message: ({ topic }, times) =>
      `${counted(times, 'send')} to ${topic} failed after all attempts. Whoever sent was told what became of each message; the log says why`,
  },
  'send-buffer-full': {
    code: 'sends-waiting',
    lasts: MINUTE,
    about: () => ({}),
    message: () =>
      'The buffer of the producer is full, so that enqueue() waits. Look whether the brokers are slow, or raise producer.maxBuffered',
  },
  'parking-failed': {
    code: 'parking-failing',
    lasts: MINUTE,
    about: ({ handler, record }) => ({ handler, topic: record.topic }),
    message: ({ handler }, times) =>
      `${handler}: ${counted(times, 'record')} could not be parked, and ${times === 1 ? 'waits' : 'wait'} in the lane instead. The log says why`,
  },
  'parking-full': {
    code: 'parking-full',
    lasts: 5 * MINUTE,
    about: ({ handler, record }) => ({ handler, topic: record.topic }),
    message: ({ handler, record }) =>
      `${handler}: as much of ${record.topic} is parked as may be, and more waits in the lanes. Look for what the parked keys wait for, or raise maxPerKey (@Park)`,
  },
  'parking-fenced': {
    code: 'parking-fenced',
    lasts: MINUTE,
    about: ({ topic, partition }) => ({ topic, partition }),
    message: ({ topic, partition }) =>
      `${partitionName(topic, partition)}: another process took its parked keys over, so that nothing starts until they are taken back. When it comes again and again, look for a process that stands still and goes on`,
  },
  'parked-unclaimed': {
    code: 'parked-unclaimed',
    lasts: 5 * MINUTE,
    about: ({ topic, partition, handler }) => ({ topic, partition, handler }),
    message: ({ topic, partition, handler, keys }) =>
      `${partitionName(topic, partition)}: ${counted(keys, 'key')} of the handler '${handler}' ${keys === 1 ? 'is' : 'are'} parked, and no handler has this name. Give it back (@Handler)`,
  },
  'outbox-failed': {
    code: 'outbox-failing',
    lasts: MINUTE,
    about: () => ({}),
    message: (_, times) =>
      `${counted(times, 'batch', 'batches')} of the outbox could not be published, and ${times === 1 ? 'is' : 'are'} tried again. The log says why`,
  },
  'outbox-record-dead': {
    code: 'outbox-dead',
    lasts: 5 * MINUTE,
    about: ({ topic }) => ({ topic }),
    message: ({ topic }, times) =>
      `${counted(times, 'record')} of the outbox ${times === 1 ? 'is' : 'are'} refused by the broker for good, and kept in the table as dead: ${topic}`,
  },
  'event-loop-delayed': {
    code: 'event-loop-delayed',
    lasts: MINUTE,
    about: () => ({}),
    message: ({ ms }, times) =>
      `The event loop was blocked ${counted(times, 'time')}, last for ${ms} ms: heartbeats wait as long, and in the end another process gets the partitions. Move what computes to a worker`,
  },
};

interface Streak {
  readonly since: number;
  last: number;
  times: number;
  event: ReliableKafkaEvent;
}

/** What happened lately: a streak of the same is one finding, until it has not happened for a while. */
export class Recent {
  private readonly streaks = new Map<string, Streak>();

  note(event: ReliableKafkaEvent, now: number): void {
    const kind = kindOf(event);
    if (!kind) return;
    const id = idOf({ code: kind.code, ...kind.about(event) });
    const streak = this.streaks.get(id);
    if (streak && now - streak.last < kind.lasts) {
      streak.last = now;
      streak.times++;
      streak.event = event;
      return;
    }
    this.streaks.delete(id);
    this.streaks.set(id, { since: now, last: now, times: 1, event });
    if (this.streaks.size > MOST) this.streaks.delete(this.streaks.keys().next().value!);
  }

  findings(now: number): Finding[] {
    const found: Finding[] = [];
    for (const [id, { since, last, times, event }] of this.streaks) {
      const { code, lasts, about, message } = kindOf(event)!;
      if (now - last >= lasts) this.streaks.delete(id);
      else found.push({ code, status: 'yellow', since, ...about(event), message: message(event, times) });
    }
    return found;
  }
}

function kindOf(event: ReliableKafkaEvent): Kind<ReliableKafkaEvent> | undefined {
  return KINDS[event.type] as Kind<ReliableKafkaEvent> | undefined;
}
