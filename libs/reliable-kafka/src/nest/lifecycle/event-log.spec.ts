import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ReliableKafkaEvent } from '../../contracts/index.js';
import { EventLog } from './event-log.js';

const record = { topic: 'orders', partition: 3, offset: 42n };
const failed = (handler: string): ReliableKafkaEvent => ({
  type: 'attempt-failed',
  record,
  handler,
  attempt: 2,
  error: new Error('boom'),
  retryInMs: 400,
});

describe('The log of events', () => {
  let lines: string[];
  let log: EventLog;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    const line = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
    log = new EventLog({ log: line('log'), warn: line('warn'), error: line('error') });
  });

  afterEach(() => {
    log.end();
    jest.useRealTimers();
  });

  it('says which handler failed on which record, when it goes on, and why', () => {
    log.write(failed('Orders.handle'));
    expect(lines[0]).toMatch(
      /^error Orders.handle failed on orders\[3\]@42 \(attempt 2\).*tried again in 400 ms: Error: boom/,
    );
  });

  it('is bounded for each handler: five lines in ten seconds, and how many more there were', () => {
    for (let i = 0; i < 100_000; i++) log.write(failed('Orders.handle'));
    log.write(failed('Other.handle'));
    expect(lines).toHaveLength(6);
    jest.advanceTimersByTime(10_000);
    expect(lines.at(-1)).toBe('error attempt-failed Orders.handle: 99995 more like this in 10 s');
    log.write(failed('Orders.handle'));
    expect(lines).toHaveLength(8);
  });

  it('tells what it left out when it ends early', () => {
    for (let i = 0; i < 7; i++) log.write(failed('Orders.handle'));
    log.end();
    expect(lines.at(-1)).toContain('2 more like this');
  });

  it('warns of a topic with foreign record keys once', () => {
    log.write({ type: 'key-mismatch', topic: 'orders', handler: 'Orders.handle' });
    jest.advanceTimersByTime(60_000);
    log.write({ type: 'key-mismatch', topic: 'orders', handler: 'Orders.handle' });
    log.write({ type: 'key-mismatch', topic: 'others', handler: 'Orders.handle' });
    expect(lines).toEqual([expect.stringContaining('orders orders'), expect.stringContaining('orders others')]);
  });

  it('says what health turned to, and why', () => {
    const reason = (message: string) => ({ code: 'outage', status: 'red', message, since: new Date() }) as const;
    const reasons = ['one', 'two', 'three', 'four', 'five'].map(reason);
    log.write({ type: 'health-changed', from: 'green', to: 'red', reasons });
    log.write({ type: 'health-changed', from: 'red', to: 'yellow', reasons: reasons.slice(0, 1) });
    log.write({ type: 'health-changed', from: 'yellow', to: 'green', reasons: [] });
    expect(lines).toEqual([
      'error Health is red. one. two. three. And more: see ConsumerControl.health()',
      'warn Health is yellow. one',
      'log Health is green',
    ]);
  });

  it.each<[ReliableKafkaEvent, RegExp]>([
    [{ type: 'lane-held', record, handler: 'A.b', error: 'why' }, /^error A.b cannot handle orders\[3\]@42; .*why$/],
    [{ type: 'record-undecodable', record, error: new Error('x') }, /^error orders\[3\]@42 cannot be decoded/],
    [{ type: 'attempt-stuck', record, handler: 'A.b', ms: 9 }, /^warn A.b is busy with orders\[3\]@42 for 9 ms/],
    [
      { type: 'out-of-range', topic: 't', partition: 0, position: 9n, logStart: 10n, logEnd: 20n },
      /^error The position 9 of t\[0\] lies outside its log \(10 to 20\)/,
    ],
    [{ type: 'consumer-crashed', error: new Error('x'), restarting: true }, /^error The consumer crashed and restarts/],
    [
      { type: 'send-retried', topic: 't', partition: 1, records: 7, attempt: 2, error: new Error('x') },
      /^warn 7 records to t\[1\] are tried again after attempt 2: Error: x$/,
    ],
    [{ type: 'send-failed', topic: 't', error: new Error('x'), unheard: false }, /^warn A send to t failed: Error: x$/],
    [
      { type: 'send-failed', topic: 't', error: new Error('x'), unheard: true },
      /^error Enqueued messages failed, and nobody/,
    ],
    [
      { type: 'send-buffer-full', topic: 't', records: 5, bytes: 9 },
      /^warn The producer's buffer is full \(5 records, 9 bytes\)/,
    ],
    [
      { type: 'callback-failed', topic: 't', id: 'i', error: new Error('x') },
      /^error An onDelivery .* message i to t: Error: x/,
    ],
    [
      { type: 'parked', record, handler: 'A.b', error: new Error('x'), retryInMs: 9.6 },
      /^error A.b failed on orders\[3\]@42; its key is parked with it, tried again in 10 ms: Error: x$/,
    ],
    [
      { type: 'key-held', record, handler: 'A.b' },
      /^warn The key of orders\[3\]@42 waits, for A.b, until its dead letter/,
    ],
    [{ type: 'unparked', record, handler: 'A.b' }, /^log The key of orders\[3\]@42 is not parked any more/],
    [{ type: 'parking-full', record, handler: 'A.b', retryInMs: 9 }, /^warn orders\[3\]@42 finds no place/],
    [
      { type: 'parking-failed', record, handler: 'A.b', error: 'why', retryInMs: 9 },
      /^error The parking store did not take orders\[3\]@42, .* in 9 ms: why$/,
    ],
    [
      { type: 'parking-fenced', topic: 't', partition: 1, error: 'why' },
      /^warn Another process took over .* of t\[1\]/,
    ],
    [
      { type: 'parked-unclaimed', topic: 't', partition: 1, handler: 'old', keys: 3 },
      /^warn 3 keys of t\[1\] are parked for a handler 'old'/,
    ],
    [{ type: 'parking-unseen', error: new Error('x') }, /^error Nobody sees which parked keys are due.*Error: x$/],
    [{ type: 'lease-lost' }, /^error No broker/],
    [{ type: 'drained', reason: 'shutdown', ms: 5, abandoned: 2 }, /^warn A drain left 2 attempts behind after 5 ms/],
  ])('has a line for %o', (event, line) => {
    log.write(event);
    expect(lines).toEqual([expect.stringMatching(line)]);
  });
});
