import { describe, expect, it } from '@jest/globals';
import type { ReliableMessage, SerializeMessage } from '../../contracts/index.js';
import { InvalidMessageError } from '../../producer/index.js';
import { recordOf, rowOf } from './rows.js';

const json: SerializeMessage = ({ value }) => ({
  value: Buffer.isBuffer(value) || value === null ? (value as Buffer | null) : JSON.stringify(value),
});

async function through(message: ReliableMessage, serialize = json) {
  return recordOf(await rowOf('orders', message, serialize));
}

describe('The row of a message', () => {
  it('comes back as the record that the producer would send', async () => {
    const before = Date.now();
    const message = {
      value: { a: 1 },
      orderedBy: 7n,
      partition: 3,
      headers: { h: ['x', Buffer.from('y')] },
      id: 'id-1',
    };
    const record = await through(message);
    expect(record).toEqual({
      topic: 'orders',
      partition: 3,
      key: Buffer.from('7'),
      value: Buffer.from('{"a":1}'),
      headers: { h: ['x', Buffer.from('y')], 'message-id': 'id-1' },
      timestamp: expect.any(String),
    });
    expect(Number(record.timestamp)).toBeGreaterThanOrEqual(before);
  });

  it('keeps a tombstone, no key and no partition as they are', async () => {
    expect(await through({ value: null })).toMatchObject({ value: null, key: null, partition: undefined });
  });

  it('has an identity from the beginning, so that a record that is published twice can be recognized', async () => {
    expect((await through({ value: 1 })).headers['message-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("takes the serializer's key and headers where the message has none", async () => {
    const serialize: SerializeMessage = () => ({ value: 'v', key: 'theirs', headers: { a: '1', b: '1' } });
    expect(await through({ value: 1, headers: { b: '2' } }, serialize)).toMatchObject({
      key: Buffer.from('theirs'),
      headers: { a: '1', b: '2' },
    });
    expect(await through({ value: 1, orderedBy: 'ours' }, serialize)).toMatchObject({ key: Buffer.from('ours') });
  });

  it('is made when it is added: what the caller does with its objects afterwards changes nothing', async () => {
    const [order, bytes, headers] = [{ state: 'new' }, Buffer.from('new'), { h: 'new' }];
    const rows = [rowOf('t', { value: order, headers }, json), rowOf('t', { value: bytes }, json)];
    order.state = headers.h = 'changed';
    bytes.write('old');
    const [first, second] = await Promise.all(rows);
    expect(String(first!.value)).toBe('{"state":"new"}');
    expect(recordOf(first!).headers.h).toBe('new');
    expect(String(second!.value)).toBe('new');
  });

  it.each([
    ['', { value: 1 }, 'The topic is empty'],
    ['t', { value: 1, key: 'k' }, "unknown property 'key'"],
    ['t', { value: undefined }, 'it has no `value`'],
    ['t', { value: 1, partition: -1 }, 'its partition is -1'],
    ['t', { value: 1, orderedBy: Number.NaN }, 'orderedBy is'],
    ['t', { value: 1, headers: { h: 5 } }, "the header 'h' is number 5"],
  ])('%j, %j: refused at once', (topic, message, text) => {
    expect(() => rowOf(topic, message as ReliableMessage, json)).toThrow(InvalidMessageError);
    expect(() => rowOf(topic, message as ReliableMessage, json)).toThrow(text);
  });

  it('names the serializer that fails, at once or later', async () => {
    const broken = () => {
      throw new Error('no schema');
    };
    expect(() => rowOf('t', { value: 1 }, broken)).toThrow('cannot be serialized: Error: no schema');
    await expect(rowOf('t', { value: 1 }, async () => broken())).rejects.toThrow(InvalidMessageError);
  });
});
