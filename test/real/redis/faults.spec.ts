import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { redisIdempotency } from 'nestjs-reliable-kafka/redis';
import type { LeaseStore, OpenGuard } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { realServices } from '../../services/index.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { type ApplicationClient, VERSIONS } from './clients.js';
import { guardOver, Lines } from './guarding.js';
import * as naive from './naive-stores.js';
import { SCENARIOS, type World } from './scenarios.js';

const { port, url } = realServices().redis;
const context = { resolve: () => undefined, log: new Lines() };

let proxy: TcpProxy;
let throughProxy: string;
let ends: (() => unknown)[];

beforeEach(async () => {
  proxy = await TcpProxy.start(port);
  throughProxy = url.replace(`:${port}`, `:${proxy.port}`);
  ends = [() => proxy.stop()];
});

afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

async function worldOf(
  make: (address: string) => LeaseStore,
  over: (guard: OpenGuard) => OpenGuard = (guard) => guard,
): Promise<World> {
  const [store, elsewhere] = [make(throughProxy), make(url)];
  for (const one of [store, elsewhere]) {
    expect(await one.open(context)).toEqual([]);
    ends.push(() => one.close());
  }
  return { store, elsewhere, guard: over(await guardOver(store)), proxy };
}

const prefix = () => `faults:${randomUUID()}:`;

describe('redisIdempotency, on a connection of its own', () => {
  it.each(Object.values(SCENARIOS))('$name', async ({ run }) => {
    const keys = prefix();
    await run(await worldOf((url) => redisIdempotency({ url, prefix: keys })));
  });
});

describe.each(VERSIONS)('redisIdempotency, on a client of the application (ioredis $version)', ({ connect }) => {
  it.each(Object.values(SCENARIOS))('$name', async ({ run }) => {
    const keys = prefix();
    await run(await worldOf((url) => redisIdempotency({ client: connected(connect, url), prefix: keys })));
  });
});

function connected(connect: (url: string) => ApplicationClient, url: string): ApplicationClient {
  const client = connect(url);
  ends.push(() => client.disconnect());
  return client;
}

describe.each(VERSIONS)('what these scenarios are for (ioredis $version)', ({ connect }) => {
  const { lostClaim, lostCompletion, lostRelease, failsLate, completesLate, orphan } = SCENARIOS;

  it.each([
    { what: 'a plain SET NX', Naive: naive.PlainSetNx, scenario: lostClaim },
    { what: 'a completion that is told once', Naive: naive.CompleteOnce, scenario: lostCompletion },
    { what: 'an unconditional DEL', Naive: naive.UnconditionalDel, scenario: lostRelease },
    { what: 'an unconditional DEL', Naive: naive.UnconditionalDel, scenario: failsLate },
    { what: 'an unconditional SET', Naive: naive.UnconditionalSet, scenario: completesLate },
    { what: 'GET and then SET', Naive: naive.LookThenSet, scenario: orphan },
  ])('$what fails: $scenario.name', async ({ Naive, scenario }) => {
    const keys = prefix();
    const world = await worldOf((url) => new Naive(connected(connect, url), keys));
    await expect(scenario.run(world)).rejects.toMatchObject({ code: 'ERR_ASSERTION' });
  });

  it(`skipping what is busy fails: ${SCENARIOS.deadOwner.name}`, async () => {
    const keys = prefix();
    const make = (url: string) => redisIdempotency({ client: connected(connect, url), prefix: keys });
    const world = await worldOf(make, (guard) => new naive.SkipsBusy(guard));
    await expect(SCENARIOS.deadOwner.run(world)).rejects.toMatchObject({ code: 'ERR_ASSERTION' });
  });
});
