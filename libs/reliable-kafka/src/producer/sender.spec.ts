import { describe, expect, it } from '@jest/globals';
import type { EncodedRecord } from '../contracts/index.js';
import type { ProducerCore } from './core.js';
import { InvalidMessageError } from './errors.js';
import { MessageSender } from './sender.js';

/** A core that takes everything and stores nothing. */
class Taken implements ProducerCore {
  readonly records: EncodedRecord[] = [];
  connect = async () => undefined;
  close = async () => undefined;
  flush = async () => undefined;
  async send(topic: string, encode: Parameters<ProducerCore['send']>[1]) {
    const records = await encode(({ partition = 0 }) => partition, 1);
    this.records.push(...records);
    return records.map(({ partition, timestamp }) => ({ topic, partition, offset: 0n, timestamp: Number(timestamp) }));
  }

  async enqueue(_topic: string, encode: Parameters<ProducerCore['enqueue']>[1]) {
    this.records.push(await encode(({ partition = 0 }) => partition));
  }
}

const plainly = ({ value }: { value: unknown }) => ({ value: String(value) });

describe('sending messages', () => {
  it('encodes key, value, headers and timestamp', async () => {
    const core = new Taken();
    const before = Date.now();
    await new MessageSender(core).send('t', [{ value: 'v', orderedBy: 7n, headers: { a: 'b' }, id: 'i' }], plainly);
    const [sent] = core.records;
    expect(sent).toMatchObject({
      key: Buffer.from('7'),
      value: Buffer.from('v'),
      headers: { a: 'b', 'message-id': 'i' },
    });
    expect(Number(sent!.timestamp)).toBeGreaterThanOrEqual(before);
  });

  it("takes the serializer's key where the message has none, and its headers beside the message's", async () => {
    const core = new Taken();
    const serialize = () => ({ value: null, key: 'theirs', headers: { a: 'theirs', b: 'theirs' } });
    const messages = [{ value: 1 }, { value: 1, orderedBy: 'mine', headers: { a: 'mine' } }];
    await new MessageSender(core).send('t', messages, serialize);
    expect(core.records).toMatchObject([
      { key: Buffer.from('theirs'), value: null, headers: { a: 'theirs' } },
      { key: Buffer.from('mine'), headers: { a: 'mine', b: 'theirs' } },
    ]);
  });

  it('sends nothing of a call that has one wrong message', async () => {
    const core = new Taken();
    const sender = new MessageSender(core);
    const broken = sender.send('t', [{ value: 'fine' }, { value: 10n }], ({ value }) => ({
      value: JSON.stringify(value),
    }));
    await expect(broken).rejects.toThrow(/Message 1 to 't' cannot be serialized: TypeError/);
    expect(core.records).toEqual([]);
  });

  it('answers an empty call with an empty list', async () => {
    expect(await new MessageSender(new Taken()).send('t', [], plainly)).toEqual([]);
  });

  it.each([
    ['', [{ value: 1 }], /topic is empty/],
    ['t', { value: 1 } as never, /not a list/],
    ['t', [{ value: 1, user: 2 }] as never, /Message 0 to 't': unknown property 'user'/],
  ])('refuses topic %j with messages %j', async (topic, messages, reason) => {
    const sent = new MessageSender(new Taken()).send(topic, messages, plainly);
    await expect(sent).rejects.toThrow(InvalidMessageError);
    await expect(sent).rejects.toThrow(reason);
  });
});

describe('enqueueing a message', () => {
  it('encodes it as sending does', async () => {
    const core = new Taken();
    await new MessageSender(core).enqueue('t', { value: 'v', orderedBy: 7n, headers: { a: 'b' }, id: 'i' }, plainly);
    expect(core.records).toMatchObject([
      { key: Buffer.from('7'), value: Buffer.from('v'), headers: { a: 'b', 'message-id': 'i' } },
    ]);
  });

  it('takes the payload as it is at the call, also where it is encoded later', async () => {
    const core = new Taken();
    let room = () => {};
    const free = new Promise<void>((resolve) => (room = resolve));
    core.enqueue = async (_topic, encode) => {
      await free;
      core.records.push(await encode(() => 0));
    };
    const payload = { a: 1 };
    const enqueued = new MessageSender(core).enqueue('t', { value: payload }, ({ value }) => ({
      value: JSON.stringify(value),
    }));
    payload.a = 2;
    room();
    await enqueued;
    expect(core.records).toMatchObject([{ value: Buffer.from('{"a":1}') }]);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['', { value: 1 }, undefined, /topic is empty/],
    ['t', [{ value: 1 }], undefined, /The message to 't': unknown property '0'/],
    ['t', { value: 10n }, undefined, /The message to 't' cannot be serialized: TypeError/],
    ['t', { value: 1, headers: { n: 7 } }, undefined, /The message to 't': the header 'n' is number 7/],
    ['t', { value: 1 }, 'callback', /onDelivery is no function/],
  ])('refuses at once, before its turn has come: %j, %p, %p', async (topic, message, onDelivery, reason) => {
    const core = new Taken();
    core.enqueue = () => Promise.reject(new Error('it was handed over'));
    const serialize = ({ value }: { value: unknown }) => ({ value: JSON.stringify(value) });
    const enqueued = new MessageSender(core).enqueue(topic, message as never, serialize, onDelivery as never);
    await expect(enqueued).rejects.toThrow(InvalidMessageError);
    await expect(enqueued).rejects.toThrow(reason);
  });

  it('refuses in its turn what an asynchronous serializer cannot serialize, however long that takes', async () => {
    const core = new Taken();
    core.enqueue = async (_topic, encode) => {
      await new Promise(setImmediate);
      await encode(() => 0);
    };
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const enqueued = new MessageSender(core).enqueue('t', { value: 1 }, async () => {
      throw new Error('no schema');
    });
    await expect(enqueued).rejects.toThrow(/The message to 't' cannot be serialized: Error: no schema/);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
