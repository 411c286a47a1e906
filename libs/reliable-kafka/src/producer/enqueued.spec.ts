import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ReliableKafkaEvent } from '../contracts/index.js';
import type { BatchOutcome } from './batch.js';
import { Enqueued, type OnDelivery } from './enqueued.js';
import type { MessageResult } from './errors.js';
import { Room } from './room.js';

const stored: BatchOutcome = { status: 'stored', baseOffset: 40n, appendTime: undefined };
const lost: BatchOutcome = { status: 'unknown', error: new Error('lost') };
const record = (id: string) => ({
  partition: 3,
  key: null,
  value: null,
  headers: { 'message-id': id },
  timestamp: '5',
});
const settled = () => new Promise(setImmediate);

describe('An enqueued message', () => {
  let room: Room;
  let events: ReliableKafkaEvent[];
  let enqueued: Enqueued;

  beforeEach(() => {
    room = new Room({ records: 10, bytes: 1_000 });
    events = [];
    enqueued = new Enqueued(room, (event) => events.push(event));
  });

  function accepted(onDelivery?: OnDelivery, topic = 't') {
    const message = enqueued.begin(topic, onDelivery);
    void room.take(100);
    message.accepted(100);
    return message;
  }

  it('tells its callback where it was stored, or why it was not, and which one it was', () => {
    const results: MessageResult[] = [];
    const tell = (result: MessageResult) => void results.push(result);
    accepted(tell).settle(0, record('a'), stored, 2);
    accepted(tell).settle(0, record('b'), lost, 0);
    expect(results).toEqual([
      { id: 'a', status: 'stored', report: { topic: 't', partition: 3, offset: 42n, timestamp: 5 } },
      { id: 'b', status: 'unknown', error: new Error('lost') },
    ]);
  });

  it('gives its room back, however it ends', () => {
    for (const outcome of [stored, lost]) accepted().settle(0, record('a'), outcome, 0);
    expect(room).toMatchObject({ records: 0, bytes: 0 });
  });

  it('is one event with all that failed at the moment, which says whether anybody else was told', async () => {
    accepted().settle(0, record('a'), lost, 0);
    accepted(() => {}).settle(0, record('b'), lost, 1);
    accepted(() => {}, 'another').settle(0, record('c'), lost, 0);
    accepted().settle(0, record('d'), stored, 0);
    await settled();
    expect(events).toMatchObject([
      { type: 'send-failed', topic: 't', unheard: true, error: { results: [{ id: 'a' }, { id: 'b' }] } },
      { type: 'send-failed', topic: 'another', unheard: false, error: { results: [{ id: 'c' }] } },
    ]);
    accepted().settle(0, record('e'), lost, 0);
    await settled();
    expect(events).toHaveLength(3);
  });

  it.each<[string, OnDelivery]>([
    [
      'throws',
      () => {
        throw new Error('oops');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('oops');
      },
    ],
  ])('is not disturbed by a callback that %s, which is told', async (_, broken) => {
    accepted(broken).settle(0, record('a'), stored, 0);
    await settled();
    expect(events).toEqual([{ type: 'callback-failed', topic: 't', id: 'a', error: new Error('oops') }]);
    expect(room.records).toBe(0);
    await enqueued.flush().ended;
  });

  it('has called its callback when the flush ends that waits for it', async () => {
    const log: string[] = [];
    const message = accepted(() => void log.push('called'));
    const { ended } = enqueued.flush();
    void ended.then(() => log.push('flushed'));
    message.settle(0, record('a'), stored, 0);
    await ended;
    expect(log).toEqual(['called', 'flushed']);
  });

  it('fails a flush when nobody else was told of its failure, and only then', async () => {
    accepted(() => {}).settle(0, record('a'), lost, 0);
    enqueued.begin('t', undefined).refused();
    const heard = enqueued.flush();
    await heard.ended;
    expect(heard.stretch.failed).toBe(0);
    accepted().settle(0, record('b'), lost, 0);
    const unheard = enqueued.flush();
    await unheard.ended;
    expect(unheard.stretch).toMatchObject({ failed: 1, cause: new Error('lost') });
  });
});
