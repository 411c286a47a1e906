import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ConsumedRecord, RecordHeaders } from '../../contracts/index.js';
import { dead, POLICY, record } from '../../../../../test/support/dead-letters.js';
import { DLT, HEADER_BYTES } from './headers.js';
import { identityOf, letterId } from './letter-id.js';
import { readLetter, writeLetter } from './letter.js';
import { markReplay } from './replay-headers.js';

/** As it stands in the dead letter topic, its headers as they come over the wire. */
function stored(of: ConsumedRecord, more: Parameters<typeof dead>[1] = {}): ConsumedRecord {
  const { key, value, headers } = writeLetter(dead(of, more), POLICY, 'group', 7_000);
  return { topic: POLICY.topic, partition: 2, offset: 9n, timestamp: '7000', key, value, headers: sent(headers) };
}

function sent(headers: RecordHeaders): RecordHeaders {
  const bytes = (value: unknown) => Buffer.from(value as string);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.map(bytes) : bytes(value)]),
  );
}

function bytesOf(headers: RecordHeaders): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value as string) + 10,
    0,
  );
}

describe('A dead letter', () => {
  it('tells where the record stood, whose it is, and why it died', () => {
    const error = new TypeError('no such user');
    expect(
      readLetter(stored(record(5, { partition: 3 }), { error, reason: 'fatal', attempts: 1, guardKey: 'id:7' })),
    ).toMatchObject({
      id: 'group//orders/3/5/1000',
      deadLetterTopic: 'orders-dlt',
      place: { partition: 2, offset: 9n },
      group: 'group',
      handler: '',
      label: 'Orders.handle',
      reason: 'fatal',
      error: { name: 'TypeError', message: 'no such user', stack: error.stack },
      attempts: 1,
      orderingKey: 'k',
      guardKey: 'id:7',
      diedAt: 7_000,
      held: false,
    });
  });

  it('holds key, value and headers as they were, bytes and repeated headers included', () => {
    const headers = { trace: Buffer.from([0, 0xff]), tag: [Buffer.from('a'), Buffer.from('b')], '': Buffer.from('x') };
    const of = record(5, { key: Buffer.from([0xfe]), value: Buffer.from([0xff, 0, 0x7b]), headers });
    expect(readLetter(stored(of))!.record).toEqual(of);
    expect(stored(of)).toMatchObject(headers ? { headers } : {});
  });

  it('keeps a tombstone, and a record without a key', () => {
    const of = record(5, { key: null, value: null });
    expect(readLetter(stored(of))!.record).toEqual(of);
  });

  it('sends headers that have no value as empty ones, which kafkajs can send, and gives them back as they were', () => {
    const headers = { none: null, some: [Buffer.from('a'), null], empty: Buffer.from('') } as never;
    const of = record(5, { headers });
    for (const value of Object.values(stored(of).headers!).flat()) expect(Buffer.isBuffer(value)).toBe(true);
    expect(readLetter(stored(of))!.record.headers).toEqual(headers);
  });

  it('tells apart the ordering key that is empty and the one that is not there', () => {
    expect(readLetter(stored(record(5), { orderingKey: '' }))!.orderingKey).toBe('');
    expect(readLetter(stored(record(5), { orderingKey: undefined }))!.orderingKey).toBeUndefined();
  });

  it('that died once more, in a handler of the dead letter topic, gives back the first letter as it was', () => {
    const first = stored(record(5));
    const second = readLetter(stored({ ...first }, { binding: { name: 'second', label: 'Second.handle' } }))!;
    expect(second).toMatchObject({ id: 'group/second/orders-dlt/2/9/7000', handler: 'second' });
    expect(second.record).toEqual(first);
    expect(readLetter(second.record)!.id).toBe('group//orders/0/5/1000');
  });

  it('is the same letter when it dies again in its replay, wherever that stood, and names the replay', () => {
    const id = 'group//orders/0/5/1000';
    const headers = sent(markReplay({ trace: 't' }, { replayId: 'r1', letterId: id }));
    const again = readLetter(stored(record(77, { headers, timestamp: '9000' })))!;
    expect(again).toMatchObject({ id, replayId: 'r1', record: { offset: 5n, timestamp: '1000' } });
    expect(again.record.headers).toEqual({ trace: Buffer.from('t') });
  });

  it('is another letter when it dies in another handler, or in a topic to which the headers of a replay were passed on', () => {
    const headers = sent(markReplay({}, { replayId: 'r1', letterId: 'group//orders/0/5/1000' }));
    const other = stored(record(77, { headers }), { binding: { name: 'audit', label: 'Audit.handle' } });
    expect(readLetter(other)).toMatchObject({ id: 'group/audit/orders/0/77/1000', record: { headers } });
    const passedOn = stored(record(77, { topic: 'invoices', headers }));
    expect(readLetter(passedOn)).toMatchObject({ id: 'group//invoices/0/77/1000', record: { headers } });
  });

  it('adds less to the record than a dead letter topic is larger, however long the error and the keys are', () => {
    const long = '€'.repeat(1_000_000);
    const error = Object.assign(new Error(long, { cause: new Error(long) }), { name: long });
    const more = { error, orderingKey: long, guardKey: long, binding: { name: 'h'.repeat(100), label: long } };
    expect(bytesOf(stored(record(5), more).headers!)).toBeLessThan(HEADER_BYTES);
    const keys = { ...more, orderingKey: 'k'.repeat(10 * 1024), guardKey: 'g'.repeat(10 * 1024) };
    expect(bytesOf(stored(record(5), keys).headers!)).toBeLessThan(HEADER_BYTES);
    expect(readLetter(stored(record(5), keys))).toMatchObject({ orderingKey: keys.orderingKey });
    expect(readLetter(stored(record(5), more))!.orderingKey).toBeUndefined();
  });

  it.each([
    ['text', 'gone', { name: 'string', message: 'gone' }],
    ['nothing', undefined, { name: 'undefined', message: 'undefined' }],
    ['object', { secret: 1 }, { name: 'object', message: '[object Object]' }],
    ['class of its own', new (class Broken extends Error {})('x'), { name: 'Broken', message: 'x' }],
  ])('tells of a %s that was thrown', (_, error, told) => {
    expect(readLetter(stored(record(5), { error }))!.error).toMatchObject(told);
  });

  it('bears an error that throws when it is looked at', () => {
    const error = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('do not touch');
      },
    });
    expect(readLetter(stored(record(5), { error }))!.error.message).toBe('it cannot be told');
  });

  it('is nothing that others put into the topic', () => {
    expect(readLetter(record(1))).toBeUndefined();
    expect(readLetter(record(1, { headers: undefined }))).toBeUndefined();
    const headers = { ...stored(record(1)).headers, [DLT.offset]: 'x' };
    expect(readLetter(record(1, { headers }))).toBeUndefined();
  });
});

describe('The id of a dead letter', () => {
  it('is a text from which everything is read back', () => {
    const part = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(
        part,
        part,
        part,
        fc.nat(),
        fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
        (group, handler, topic, partition, offset) => {
          const identity = { group, handler, topic, partition, offset, timestamp: '1764136000000' };
          expect(identityOf(letterId(identity))).toEqual(identity);
        },
      ),
    );
  });

  it.each(['', 'x', 'a/b/c/d/e/f', 'g//t/0/1/2/3', '%/h/t/0/1/2'])('is not %j', (text) => {
    expect(identityOf(text)).toBeUndefined();
  });
});
