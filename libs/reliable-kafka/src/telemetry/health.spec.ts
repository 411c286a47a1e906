import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HealthReason, PauseReason, ReliableKafkaEvent } from '../contracts/index.js';
import type { ConsumerCondition, HandlerCondition, PartitionCondition } from './condition.js';
import { Health } from './health.js';

const PATIENCE = 75_000;
const START = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const record = { topic: 'orders', partition: 3, offset: 42n };

const partition = (...paused: PauseReason[]): PartitionCondition => ({
  topic: 'orders',
  partition: 3,
  paused,
  position: 50n,
  watermark: 42n,
  parked: 0,
});
const handler = (counts: Partial<HandlerCondition>): HandlerCondition => ({
  topic: 'orders',
  handler: 'Orders.handle',
  held: 0,
  failing: 0,
  stuck: 0,
  ...counts,
});
const WELL: ConsumerCondition = { state: 'running', hasLease: true, partitions: [partition()], handlers: [] };

describe('Health', () => {
  let now: number;
  let health: Health;

  beforeEach(() => {
    now = START;
    health = new Health(() => now, PATIENCE);
  });

  const look = (condition: Partial<ConsumerCondition> = {}) => health.look({ ...WELL, ...condition });
  const pass = (ms: number) => (now += ms);
  const codes = (reasons: readonly HealthReason[]) => reasons.map(({ status, code }) => `${status} ${code}`);
  const tell = (...events: ReliableKafkaEvent[]) => events.forEach((event) => health.note(event));

  it('is green without a reason', () => {
    expect(look()).toEqual({ status: 'green', reasons: [], more: 0 });
    expect(look({ state: 'absent', hasLease: false, partitions: [] })).toMatchObject({ status: 'green' });
  });

  describe.each<[string, string, Partial<ConsumerCondition>, object]>([
    ['a consumer that has not started', 'red not-started', { state: 'not-started', partitions: [] }, {}],
    ['a consumer that was stopped', 'red stopped', { state: 'stopped', partitions: [] }, {}],
    ['a consumer without partitions yet', 'yellow starting', { state: 'starting', partitions: [] }, {}],
    ['a lost lease', 'red lease-lost', { hasLease: false }, {}],
    [
      'a position outside the log',
      'red out-of-range',
      { partitions: [partition('out-of-range')] },
      { topic: 'orders', partition: 3, message: expect.stringContaining('position 50') },
    ],
    [
      'an undecodable record',
      'red undecodable',
      { partitions: [partition('undecodable')] },
      { topic: 'orders', partition: 3, message: expect.stringContaining('orders[3]') },
    ],
    ["an operator's pause", 'yellow paused', { partitions: [partition('operator')] }, { topic: 'orders' }],
    ['a pause by settings', 'yellow paused', { partitions: [partition('settings')] }, { topic: 'orders' }],
    [
      'parked records',
      'yellow parked',
      { partitions: [partition(), { ...partition(), partition: 4, parked: 2 }, { ...partition(), parked: 3 }] },
      { topic: 'orders', message: expect.stringMatching(/^5 records of orders are parked/) },
    ],
    [
      'keys that are held',
      'yellow lanes-held',
      { handlers: [handler({ held: 2 })] },
      { topic: 'orders', handler: 'Orders.handle', message: expect.stringContaining('2 keys of orders held') },
    ],
    [
      'keys that fail again and again',
      'yellow keys-failing',
      { handlers: [handler({ failing: 1 })] },
      { topic: 'orders', handler: 'Orders.handle', message: expect.stringContaining('1 key of orders failing') },
    ],
    [
      'attempts that do not end',
      'yellow attempts-stuck',
      { handlers: [handler({ stuck: 1 })] },
      { topic: 'orders', handler: 'Orders.handle' },
    ],
  ])('sees %s', (_, expected, condition, more) => {
    it(`as ${expected}, since it began`, () => {
      pass(MINUTE);
      look(condition);
      pass(MINUTE);
      const { status, reasons } = look(condition);
      expect([status, ...codes(reasons)]).toEqual([expected.split(' ')[0], expected]);
      expect(reasons).toEqual([
        expect.objectContaining({ since: new Date(START + MINUTE), message: expect.any(String), ...more }),
      ]);
    });

    it('no longer than it is so, and anew when it comes back', () => {
      look(condition);
      expect(look()).toMatchObject({ status: 'green', reasons: [] });
      pass(MINUTE);
      expect(look(condition).reasons[0]!.since).toEqual(new Date(now));
    });
  });

  it('turns red when no partitions are assigned for longer than a rebalance may take', () => {
    look({ state: 'starting' });
    pass(PATIENCE - 1);
    expect(look({ state: 'starting' }).status).toBe('yellow');
    pass(1);
    expect(codes(look({ state: 'starting' }).reasons)).toEqual(['red starting']);
  });

  it('does not mind a rebalance that ends', () => {
    look({ state: 'draining', hasLease: false, partitions: [] });
    pass(PATIENCE - 1);
    expect(look({ state: 'draining', hasLease: false, partitions: [] }).status).toBe('green');
    pass(1);
    expect(codes(look({ state: 'draining', hasLease: false, partitions: [] }).reasons)).toEqual(['red rebalancing']);
    expect(look().status).toBe('green');
  });

  it('minds the sum of rebalances only when nothing is assigned between them', () => {
    for (let i = 0; i < 10; i++) {
      expect(look({ state: 'draining', partitions: [] }).status).toBe('green');
      pass(PATIENCE - 1);
      expect(look().status).toBe('green');
    }
  });

  it('is red while the client failed and is started again, until the next assignment', () => {
    tell({ type: 'consumer-crashed', error: new Error('no broker'), restarting: true });
    pass(MINUTE);
    tell({ type: 'consumer-crashed', error: new Error('no broker'), restarting: true });
    const { reasons } = look({ state: 'draining', partitions: [], hasLease: false });
    expect(codes(reasons)).toEqual(['red crashed']);
    expect(reasons[0]!.since).toEqual(new Date(START));
    tell({ type: 'assigned', assignment: 2, partitions: [] });
    expect(look().status).toBe('green');
  });

  it('stays red when the client failed and may not be started again', () => {
    tell({ type: 'consumer-crashed', error: new Error('no'), restarting: false });
    pass(24 * 60 * MINUTE);
    expect(codes(look({ state: 'draining', partitions: [] }).reasons)).toEqual(['red given-up']);
  });

  it('says nothing but that it was stopped once it was, whatever was the matter before', () => {
    tell(
      { type: 'outage-began', what: 'database', error: 'x' },
      { type: 'consumer-crashed', error: 'x', restarting: true },
    );
    expect(codes(look({ state: 'stopped' }).reasons)).toEqual(['red stopped']);
  });

  it('is red while something is down, and says how many partitions wait', () => {
    tell({ type: 'outage-began', what: 'database', error: new Error('postgres://user:secret@db refused') });
    pass(MINUTE);
    const { status, reasons } = look({ partitions: [partition('infrastructure'), partition()] });
    expect(status).toBe('red');
    expect(reasons).toEqual([
      {
        code: 'outage',
        status: 'red',
        backend: 'database',
        since: new Date(START),
        message: expect.stringMatching(/^database is down: 1 partition of this process waits/),
      },
    ]);
    expect(JSON.stringify(reasons)).not.toContain('secret');
    tell({ type: 'outage-ended', what: 'database', ms: MINUTE });
    expect(look().status).toBe('green');
  });

  it('tells two outages apart', () => {
    tell({ type: 'outage-began', what: 'database', error: 'x' });
    tell({ type: 'outage-began', what: 'dead letter topic orders-dlt', error: 'x' });
    tell({ type: 'outage-ended', what: 'database', ms: 1 });
    expect(look().reasons).toMatchObject([{ code: 'outage', backend: 'dead letter topic orders-dlt' }]);
  });

  describe('of commits', () => {
    const failed: ReliableKafkaEvent = { type: 'commit-failed', error: new Error('unavailable') };

    it('is yellow once they have failed for a while, red after a minute, and green when one is acknowledged', () => {
      tell(failed);
      pass(9 * SECOND);
      tell(failed);
      expect(look().status).toBe('green');
      pass(1 * SECOND);
      expect(codes(look().reasons)).toEqual(['yellow commits-failing']);
      pass(50 * SECOND);
      expect(codes(look().reasons)).toEqual(['red commits-failing']);
      tell({ type: 'committed', topic: 'orders', partition: 3, offset: 43n });
      expect(look().status).toBe('green');
    });

    it('forgets those of an assignment that is over: nobody will acknowledge them', () => {
      tell(failed, { type: 'revoked' });
      pass(MINUTE);
      expect(look().status).toBe('green');
    });
  });

  describe('of a partition that is fetched no further', () => {
    const behind = (watermark: bigint) => ({ partitions: [{ ...partition('back-pressure'), watermark }] });

    it('is yellow when the same record has been in the way for half a minute', () => {
      look(behind(42n));
      pass(30 * SECOND - 1);
      expect(look(behind(42n)).status).toBe('green');
      pass(1);
      expect(look(behind(42n)).reasons).toMatchObject([
        { code: 'not-fetched', status: 'yellow', partition: 3, message: expect.stringContaining('8 offsets after 42') },
      ]);
    });

    it('is green while a backlog is worked off', () => {
      for (let watermark = 0n; watermark < 100n; watermark++) {
        pass(20 * SECOND);
        expect(look(behind(watermark)).status).toBe('green');
      }
    });
  });

  describe.each<[string, string, ReliableKafkaEvent, number]>([
    [
      'dead letters',
      'dead-letters',
      {
        type: 'dead-lettered',
        record,
        handler: 'Orders.handle',
        topic: 'orders-dlt',
        reason: 'fatal',
        error: 'secret',
      },
      5 * MINUTE,
    ],
    ['failed sends', 'sends-failing', { type: 'send-failed', topic: 'mail', error: 'secret', unheard: true }, MINUTE],
    ['a full buffer', 'sends-waiting', { type: 'send-buffer-full', topic: 'mail', records: 9, bytes: 9 }, MINUTE],
    [
      'failed parking',
      'parking-failing',
      { type: 'parking-failed', record, handler: 'Orders.handle', error: 'secret', retryInMs: 9 },
      MINUTE,
    ],
    [
      'full parking',
      'parking-full',
      { type: 'parking-full', record, handler: 'Orders.handle', retryInMs: 9 },
      5 * MINUTE,
    ],
    [
      'parked keys that another process took over',
      'parking-fenced',
      { type: 'parking-fenced', topic: 'orders', partition: 3, error: 'secret' },
      MINUTE,
    ],
    [
      'parked keys without a handler',
      'parked-unclaimed',
      { type: 'parked-unclaimed', topic: 'orders', partition: 3, handler: 'old', keys: 2 },
      5 * MINUTE,
    ],
    ['a failing outbox', 'outbox-failing', { type: 'outbox-failed', slot: 1, error: 'secret', retryInMs: 9 }, MINUTE],
    [
      'dead rows of the outbox',
      'outbox-dead',
      { type: 'outbox-record-dead', topic: 'mail', id: 'secret', sequence: 1 as never, reason: 'secret' },
      5 * MINUTE,
    ],
    ['a blocked event loop', 'event-loop-delayed', { type: 'event-loop-delayed', ms: 1_500 }, MINUTE],
  ])('of %s', (_, code, event, lasts) => {
    it('is yellow for a while after the last one, since the first one', () => {
      tell(event);
      pass(lasts - 1);
      tell(event);
      pass(lasts - 1);
      const { reasons } = look();
      expect(codes(reasons)).toEqual([`yellow ${code}`]);
      expect(reasons[0]!.since).toEqual(new Date(START));
      expect(JSON.stringify(reasons)).not.toContain('secret');
      pass(1);
      expect(look().status).toBe('green');
      tell(event);
      expect(look().reasons[0]!.since).toEqual(new Date(now));
    });
  });

  it('counts what happens often', () => {
    for (let i = 0; i < 3; i++)
      tell({ type: 'dead-lettered', record, handler: 'A.b', topic: 'dlt', reason: 'fatal', error: 'x' });
    tell({ type: 'dead-lettered', record, handler: 'C.d', topic: 'dlt', reason: 'fatal', error: 'x' });
    expect(look().reasons).toMatchObject([
      { handler: 'A.b', topic: 'orders', message: expect.stringContaining('3 records went to dlt') },
      { handler: 'C.d', message: expect.stringContaining('1 record went to dlt') },
    ]);
  });

  it('puts red reasons first, then those that came first', () => {
    tell({ type: 'event-loop-delayed', ms: 5 });
    pass(1);
    tell({ type: 'outage-began', what: 'redis', error: 'x' });
    pass(1);
    tell({ type: 'outage-began', what: 'database', error: 'x' });
    expect(look({ handlers: [handler({ held: 1 })] }).reasons.map(({ code, backend }) => backend ?? code)).toEqual([
      'redis',
      'database',
      'event-loop-delayed',
      'lanes-held',
    ]);
  });

  it('names 20 reasons, the red ones before all others, and counts the rest', () => {
    const partitions = Array.from({ length: 500 }, (_, i) => ({ ...partition('undecodable'), partition: i }));
    const handlers = Array.from({ length: 50 }, (_, i) => handler({ handler: `H${i}`, held: 1 }));
    const { reasons, more } = look({ partitions, handlers });
    expect(reasons).toHaveLength(20);
    expect(codes(reasons)).toEqual(Array.from({ length: 20 }, () => 'red undecodable'));
    expect(more).toBe(530);
  });

  it("tells an operator's pause once for a topic", () => {
    const partitions = Array.from({ length: 12 }, (_, i) => ({ ...partition('operator'), partition: i }));
    expect(look({ partitions }).reasons).toMatchObject([
      { code: 'paused', topic: 'orders', message: expect.stringMatching(/^12 partitions of orders are paused/) },
    ]);
  });

  it('remembers no more topics than it must, however many there are', () => {
    for (let i = 0; i < 1_000; i++) tell({ type: 'send-failed', topic: `t${i}`, error: 'x', unheard: false });
    const { reasons, more } = look();
    expect(reasons.length + more).toBe(200);
  });
});
