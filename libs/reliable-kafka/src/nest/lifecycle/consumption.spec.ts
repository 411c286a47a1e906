import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ConsumerRuntime } from '../../consumer/index.js';
import { Consumption } from './consumption.js';

describe('Consumption', () => {
  let told: string[];
  let lines: string[];
  let consumption: Consumption;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    lines = [];
    const runtime = {
      start: async () => void told.push('started'),
      close: async () => void told.push('closed'),
    } as unknown as ConsumerRuntime;
    const line = (message: string) => void lines.push(message);
    consumption = new Consumption(async () => runtime, { log: line, warn: line, error: line });
  });

  afterEach(async () => {
    await consumption.end();
    jest.useRealTimers();
  });

  it.each([['listening', 'applicationBootstrapped'] as const, ['applicationBootstrapped', 'listening'] as const])(
    'begins once both have happened: %s, then %s',
    async (first, second) => {
      await consumption[first]();
      expect(told).toEqual([]);
      await consumption[second]();
      await consumption[second]();
      expect(told).toEqual(['started']);
    },
  );

  it('knows that it is being prepared, until there is a runtime or a reason why there is none', async () => {
    let fail!: (error: Error) => void;
    const log = { log: () => undefined, warn: () => undefined, error: () => undefined };
    consumption = new Consumption(() => new Promise((_, reject) => (fail = reject)), log);
    await consumption.listening();
    expect(consumption.isPreparing).toBe(false);
    const begun = consumption.applicationBootstrapped();
    expect(consumption.isPreparing).toBe(true);
    fail(new Error('no'));
    await expect(begun).rejects.toThrow('no');
    expect(consumption.isPreparing).toBe(false);
  });

  it('reminds of app.init() when the application is not bootstrapped within ten seconds', async () => {
    await consumption.listening();
    jest.advanceTimersByTime(9_999);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(lines).toEqual([expect.stringContaining('app.init() or app.listen()')]);
  });

  it('does not remind when it was in time, or when it has ended', async () => {
    await consumption.listening();
    await consumption.end();
    jest.advanceTimersByTime(20_000);
    expect(lines).toEqual([]);
  });

  it('warns once when nobody listens to SIGTERM', async () => {
    const hooks = process.listeners('SIGTERM');
    process.removeAllListeners('SIGTERM');
    await consumption.listening();
    await consumption.applicationBootstrapped();
    for (const hook of hooks) process.on('SIGTERM', hook);
    expect(lines).toEqual([expect.stringContaining('enableShutdownHooks()')]);
  });

  it('ends once, and does not begin afterwards', async () => {
    await consumption.listening();
    await consumption.applicationBootstrapped();
    await Promise.all([consumption.end(), consumption.end()]);
    await consumption.listening();
    expect(told).toEqual(['started', 'closed']);
  });
});
