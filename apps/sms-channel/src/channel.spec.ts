import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createChannel, readChannelConfig } from './index.js';

const KEY = 'channel-secret';
const message = { to: '+33639980001', parts: ['Hello'], reference: 'u1' };
type JournalView = { arrivals: { key: string }[]; accepted: number; repeated: number; overlapped: number };
type Posted = { path: string; body: unknown; refuse: boolean };

describe('the simulated operator', () => {
  let webhook: Server;
  let posted: Posted[];
  let refusals: number;
  let onPost: () => void;
  let channel: NestExpressApplication;
  let url: string;

  beforeEach(async () => {
    posted = [];
    refusals = 0;
    onPost = () => {};
    webhook = createServer(async (request, response) => {
      const refuse = refusals-- > 0;
      posted.push({ path: request.url!, body: await json(request), refuse });
      response.writeHead(refuse ? 503 : 204).end();
      onPost();
    }).listen(0, '127.0.0.1');
    await once(webhook, 'listening');
  });

  afterEach(async () => {
    await channel.close();
    webhook.close();
  });

  const start = async (env: Record<string, string> = {}) => {
    const { port } = webhook.address() as AddressInfo;
    const keys = { API_KEY: KEY, WEBHOOK_KEY: 'webhook-secret', WEBHOOK_URL: `http://127.0.0.1:${port}` };
    channel = await createChannel(readChannelConfig({ ...keys, LATENCY_MS: '1', ...env }), ['fatal']);
    await channel.listen(0, '127.0.0.1');
    url = await channel.getUrl();
  };
  const post = (key: string | undefined, body: unknown = message, apiKey = KEY) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey, ...(key && { 'idempotency-key': key }) },
      body: JSON.stringify(body),
    });
  const journal = async () =>
    (await (await fetch(`${url}/journal`, { headers: { 'x-api-key': KEY } })).json()) as JournalView;
  const postedOf = async (count: number) => {
    while (posted.length < count) await new Promise<void>((resolve) => (onPost = resolve));
    return posted;
  };
  const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

  it('accepts a message once, and gives a repeated call the first answer', async () => {
    await start();
    const [first, second] = await Promise.all([post(id(1)), post(id(1))]);
    const third = await post(id(1));
    expect([first.status, second.status, third.status]).toEqual([202, 202, 202]);
    const { operatorId } = (await first.json()) as { operatorId: string };
    expect([await second.json(), await third.json()]).toEqual([{ operatorId }, { operatorId }]);
    expect(await journal()).toMatchObject({ arrivals: [{ key: id(1) }], accepted: 1, repeated: 2, overlapped: 0 });
  });

  it('keeps the order of arrival', async () => {
    await start();
    for (const n of [3, 1, 2, 1]) await post(id(n));
    expect((await journal()).arrivals.map(({ key }) => key)).toEqual([id(3), id(1), id(2)]);
  });

  it('notices two messages of one reference at once', async () => {
    await start({ LATENCY_MS: '50' });
    await Promise.all([post(id(1)), post(id(2)), post(id(3), { ...message, reference: 'u2' })]);
    expect((await journal()).overlapped).toBe(1);
  });

  it('fails as often as told: without accepting, or by losing the answer of what it accepted', async () => {
    await start({ FAILURE_RATE: '1' });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        post(id(n), { ...message, reference: `u${n}` }).then(
          ({ status }) => status,
          () => 'lost',
        ),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set([503, 'lost']));
    const { accepted, repeated } = await journal();
    expect({ accepted, repeated }).toEqual({ accepted: outcomes.filter((one) => one === 'lost').length, repeated: 0 });
  });

  it('answers a repeated call after a lost answer', async () => {
    await start({ FAILURE_RATE: '1' });
    let n = 0;
    while (await post(id(n)).catch(() => undefined)) n++;
    expect((await post(id(n))).status).toBe(202);
    expect(await journal()).toMatchObject({ accepted: 1, repeated: 1 });
  });

  it('refuses a number for good', async () => {
    await start({ REJECTED_NUMBERS: '+33639980009' });
    const answer = await post(id(1), { ...message, to: '+33639980009' });
    expect([answer.status, await answer.json()]).toEqual([422, { reason: 'no such number: +33639980009' }]);
    expect(await journal()).toMatchObject({ accepted: 0 });
  });

  it('posts receipts and replies until they are taken', async () => {
    await start({ STOP_NUMBERS: message.to });
    refusals = 2;
    await post(id(1));
    const all = await postedOf(4);
    const receipt = { path: '/webhooks/receipts', body: [{ key: id(1), reference: 'u1', outcome: 'delivered' }] };
    const answer = { id: expect.any(String), from: message.to, reference: 'u1', text: 'Stop.' };
    const reply = { path: '/webhooks/replies', body: [answer] };
    const taken = all.filter(({ refuse }) => !refuse).map(({ path, body }) => ({ path, body }));
    expect(taken).toHaveLength(2);
    expect(taken).toEqual(expect.arrayContaining([receipt, reply]));
    // Posted again, a reply has the id that it had.
    const bodies = all.filter(({ path }) => path === reply.path).map(({ body }) => JSON.stringify(body));
    expect(new Set(bodies).size).toBe(1);
  });

  it('says what is undelivered', async () => {
    await start({ UNDELIVERED_RATE: '1' });
    await post(id(1));
    const [{ body }] = await postedOf(1);
    expect(body).toMatchObject([{ outcome: 'undelivered' }]);
  });

  it.each([
    ['an unknown key', () => post(id(1), message, 'guess'), 401],
    ['no idempotency key', () => post(undefined), 400],
    ['a number that is none', () => post(id(1), { ...message, to: '123' }), 400],
    ['an endless body', () => post(id(1), { ...message, parts: Array(200).fill('a'.repeat(1_000)) }), 413],
  ])('does not take %s', async (_, call, status) => {
    await start();
    expect((await call()).status).toBe(status);
  });
});
