import type { INestApplication } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, type Repository } from 'typeorm';
import {
  Blacklist,
  CREATED,
  databaseOptions,
  DELIVERED,
  FAILED,
  migrate,
  SmsRecord,
  type SmsStatus,
} from 'sms-contracts';
import { createChannel, readChannelConfig } from '../../../apps/sms-channel/src/index.js';
import { createDispatcher, readDispatcherConfig } from '../../../apps/sms-dispatcher/src/index.js';
import { createGateway, readGatewayConfig } from '../../../apps/sms-gateway/src/index.js';
import { until } from '../../services/wait.js';
import { embeddedServices, freePort, type Services } from '../../../apps/sms-demo/src/services/index.js';

/** The three services in one process, on embedded Kafka, PostgreSQL and Redis. */
describe('the SMS platform', () => {
  const REJECTED = '+33639980404';
  const STOPPING = '+33639980999';
  const secrets = {
    gateway: 'gateway-secret',
    bank: 'bank-secret',
    operator: 'operator-secret',
    webhook: 'webhook-secret',
    support: 'support-secret',
  };
  const apps: INestApplication[] = [];
  let services: Services;
  let database: DataSource;
  let records: Repository<SmsRecord>;
  let gateway: string;
  let dispatcher: string;
  let channel: string;

  beforeAll(async () => {
    services = await embeddedServices();
    await migrate(services.postgresUrl);
    database = await new DataSource(databaseOptions(services.postgresUrl, 2)).initialize();
    records = database.getRepository(SmsRecord);
    const [dispatcherPort, channelPort] = [await freePort(), await freePort()];
    dispatcher = `http://127.0.0.1:${dispatcherPort}`;
    channel = `http://127.0.0.1:${channelPort}`;
    const common = {
      KAFKA_BROKERS: services.brokers.join(','),
      DATABASE_URL: services.postgresUrl,
      REDIS_URL: services.redisUrl,
    };
    const channelApp = await createChannel(
      readChannelConfig({
        API_KEY: secrets.operator,
        WEBHOOK_URL: dispatcher,
        WEBHOOK_KEY: secrets.webhook,
        LATENCY_MS: '5',
        FAILURE_RATE: '0.2',
        REJECTED_NUMBERS: REJECTED,
        STOP_NUMBERS: STOPPING,
      }),
      ['fatal'],
    );
    apps.push(channelApp);
    await channelApp.listen(channelPort, '127.0.0.1');
    const dispatcherApp = await createDispatcher(
      readDispatcherConfig({
        ...common,
        TOPIC_PARTITIONS: '3',
        OPERATOR_URL: channel,
        OPERATOR_KEY: secrets.operator,
        WEBHOOK_KEY: secrets.webhook,
        SUPPORT_KEY: secrets.support,
      }),
      ['fatal'],
    );
    apps.push(dispatcherApp);
    await dispatcherApp.listen(dispatcherPort, '127.0.0.1');
    const gatewayApp = await createGateway(
      readGatewayConfig({
        ...common,
        API_KEYS: `shop:${secrets.gateway},bank:${secrets.bank}`,
        SIGNATURE: ' -Shop',
        MAX_PARTS: '3',
      }),
      ['fatal'],
    );
    apps.push(gatewayApp);
    await gatewayApp.listen(0, '127.0.0.1');
    gateway = await gatewayApp.getUrl();
  }, 60_000);

  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
    await database?.destroy();
    await services?.stop();
  }, 60_000);

  const submit = async (body: object, key = secrets.gateway, more: Record<string, string> = {}) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': key, ...more };
    const answer = await fetch(`${gateway}/sms`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as { smsId: string; code: string; message: unknown } };
  };
  const sms = (userId: string, text: string, to = '+33639980001') => ({ userId, to, text });

  const recordAt = async (id: string, status: SmsStatus): Promise<SmsRecord> => {
    await until(`status ${status} of ${id}`, async () => records.existsBy({ id, status }), { within: 30_000 });
    return records.findOneByOrFail({ id });
  };

  it('carries an SMS from the gateway to the phone, and notes each step', async () => {
    const { status, body } = await submit(sms('anna', 'Hello'));
    expect(status).toBe(202);
    const record = await recordAt(body.smsId, DELIVERED);
    expect(record).toMatchObject({ client: 'shop', userId: 'anna', to: '+33639980001', text: 'Hello -Shop', parts: 1 });
    expect(record.claimFence).toBeGreaterThanOrEqual(1);
  });

  it('fills a template', async () => {
    const variables = { code: '1234', service: 'Shop', minutes: '5' };
    const { body } = await submit({ userId: 'anna', to: '+33639980001', template: 'code', variables });
    const { text } = await recordAt(body.smsId, DELIVERED);
    expect(text).toBe('1234 is your code for Shop. It is good for 5 minutes. -Shop');
  });

  it('keeps the order of each user and loses nothing while a fifth of the calls fails', async () => {
    const users = ['bob', 'carol', 'dave', 'eve'];
    const answered = new Map<string, string[]>(users.map((user) => [user, []]));
    await Promise.all(
      users.map(async (user) => {
        for (let n = 0; n < 10; n++) answered.get(user)!.push((await submit(sms(user, `${n}`))).body.smsId);
      }),
    );
    for (const id of [...answered.values()].flat()) await recordAt(id, DELIVERED);
    const journal = await fetch(`${channel}/journal`, { headers: { 'x-api-key': secrets.operator } });
    const { arrivals, overlapped } = (await journal.json()) as { arrivals: { key: string }[]; overlapped: number };
    for (const ids of answered.values()) {
      expect(arrivals.map(({ key }) => key).filter((key) => ids.includes(key))).toEqual(ids);
    }
    expect(overlapped).toBe(0);
  }, 60_000);

  it('notes why the operator refuses a number, and does not try again', async () => {
    const { body } = await submit(sms('frank', 'Hello', REJECTED));
    const { failure } = await recordAt(body.smsId, FAILED);
    expect(failure).toBe(`no such number: ${REJECTED}`);
  });

  it('sends no more to a number that answered STOP', async () => {
    const { body } = await submit(sms('grace', 'Hello', STOPPING));
    await recordAt(body.smsId, DELIVERED);
    const blacklist = new Blacklist(services.redisUrl);
    await until('the blacklist', () => blacklist.has(STOPPING), { within: 30_000 });
    blacklist.onApplicationShutdown();
    const refused = await submit(sms('grace', 'Hello again', STOPPING));
    expect([refused.status, refused.body.code]).toEqual([422, 'blacklisted']);
  });

  describe('with an Idempotency-Key', () => {
    const keyed = (key: string, body: object, client = 'shop') =>
      submit(body, client === 'shop' ? secrets.gateway : secrets.bank, { 'idempotency-key': key });

    it('gives a request that comes again the first answer, and sends one SMS', async () => {
      const [first, again] = [await keyed('again', sms('heidi', 'Hello')), await keyed('again', sms('heidi', 'Hello'))];
      expect(again).toEqual(first);
      await recordAt(first.body.smsId, DELIVERED);
      expect(await records.countBy({ userId: 'heidi' })).toBe(1);
    });

    it('makes one SMS of a flood of the same request: the others are told to wait, or get the same answer', async () => {
      const flood = await Promise.all(Array.from({ length: 20 }, () => keyed('flood', sms('ivan', 'Hello'))));
      const taken = flood.filter(({ status }) => status === 202);
      expect(taken.length).toBeGreaterThan(0);
      expect(new Set(taken.map(({ body }) => body.smsId)).size).toBe(1);
      expect(flood.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
      expect(await records.countBy({ userId: 'ivan' })).toBe(1);
    });

    it('refuses another request under a used key', async () => {
      await keyed('used', sms('judy', 'Hello'));
      const other = await keyed('used', sms('judy', 'Something else'));
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    });

    it('tells clients apart', async () => {
      const [shop, bank] = [await keyed('own', sms('karl', 'A')), await keyed('own', sms('karl', 'B'), 'bank')];
      expect([shop.status, bank.status]).toEqual([202, 202]);
      expect(bank.body.smsId).not.toBe(shop.body.smsId);
    });

    it('forgets a request that was refused', async () => {
      const refused = await keyed('refused', sms('lena', ' '));
      expect([refused.status, refused.body.code]).toEqual([422, 'blank_text']);
      expect((await keyed('refused', sms('lena', 'Hello'))).status).toBe(202);
    });

    it.each([[''], ['k'.repeat(256)]])('does not take a key of %s', async (key) => {
      expect((await keyed(key, sms('mia', 'Hello'))).status).toBe(400);
    });
  });

  it.each([
    ['a blank text', sms('u', ' \n　'), 'blank_text'],
    ['a number that is none', sms('u', 'Hello', '+33123'), 'invalid_number'],
    ['an unknown template', { userId: 'u', to: '+33639980001', template: 'nope' }, 'unknown_template'],
    ['missing variables', { userId: 'u', to: '+33639980001', template: 'code' }, 'template_variables'],
    ['a text of too many parts', sms('u', '很'.repeat(200)), 'too_long'],
  ])('refuses %s, and records nothing', async (_, body, code) => {
    const before = await records.count();
    const answer = await submit(body);
    expect([answer.status, answer.body.code]).toEqual([422, code]);
    expect(await records.count()).toBe(before);
  });

  it.each([
    ['an unknown API key', () => submit(sms('u', 'Hello'), 'guess'), 401],
    ['a body of another form', () => submit({ userId: 'u', text: 'Hello' }), 400],
    ['an endless body', () => submit(sms('u', 'a'.repeat(100_000))), 413],
  ])('does not take %s', async (_, call, status) => {
    expect((await call()).status).toBe(status);
  });

  it.each([
    [secrets.gateway, 401],
    [secrets.support, 403],
  ])('lets nobody but the operator use the webhooks: %s gets %i', async (key, status) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const answer = await fetch(`${dispatcher}/webhooks/receipts`, { method: 'POST', headers, body: '[]' });
    expect(answer.status).toBe(status);
  });

  it('reports SMS that no record is coming for, to nobody but support', async () => {
    const id = randomUUID();
    await records.insert({ id, client: 'shop', userId: 'nina', to: '+33639980001', text: 'Unpublished', parts: 1 });
    const report = (key: string, olderThan = '0') =>
      fetch(`${dispatcher}/stuck?olderThan=${olderThan}`, { headers: { 'x-api-key': key } });
    expect(await (await report(secrets.support)).json()).toMatchObject([{ id, status: CREATED }]);
    expect(await (await report(secrets.support, '60000')).json()).toEqual([]);
    expect((await report(secrets.webhook)).status).toBe(403);
    expect((await report(secrets.support, 'soon')).status).toBe(400);
    await records.delete({ id });
  });
});
