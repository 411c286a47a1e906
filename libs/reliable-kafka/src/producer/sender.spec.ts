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
  async send(topic: string, encode: Parameters<ProducerCore['send']>[1]) {
    const records = await encode(({ partition = 0 }) => partition);
    this.records.push(...records);
    return records.map(({ partition, timestamp }) => ({ topic, partition, offset: 0n, timestamp: Number(timestamp) }));
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
