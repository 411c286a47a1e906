import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BoundedClient } from './bounded-client.js';
import type { RedisCommands } from './redis-client.js';

const TIMEOUT = 1_000;

class Client extends EventEmitter {
  status = 'ready';
  connects = 0;

  async connect(): Promise<void> {
    this.connects++;
    this.status = 'connecting';
    throw new Error('not yet');
  }

  ready(): void {
    this.status = 'ready';
    this.emit('ready');
  }
}

describe('BoundedClient', () => {
  let client: Client;
  let bounded: BoundedClient;
  let begun: number;

  beforeEach(() => {
    jest.useFakeTimers();
    client = new Client();
    bounded = new BoundedClient(client as unknown as RedisCommands, TIMEOUT);
    begun = 0;
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const answering = async () => (begun++, 'answer');
  const never = () => new Promise<never>(() => begun++);
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  const failure = (attempt: Promise<unknown>) => attempt.then(String, (error: Error) => error.message);

  it('gives the answer of a client that is connected', async () => {
    expect(await bounded.use(answering)).toBe('answer');
  });

  it('passes on the text of an error, and nothing else of it: it may carry a password', async () => {
    const failing = bounded.use(async () => {
      throw Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['secret'] } });
    });
    const error = await failing.catch((error: unknown) => error);
    expect(error).toMatchObject({ name: 'RedisUnavailableError', message: 'Redis: WRONGPASS' });
    expect(error).not.toHaveProperty('command');
    expect(error).not.toHaveProperty('cause');
  });

  it('waits no longer than its timeout for an answer', async () => {
    const failed = failure(bounded.use(never));
    await pass(TIMEOUT);
    expect(await failed).toBe(`Redis: no answer within ${TIMEOUT} ms`);
  });

  it('begins what waits for a connection once there is one, and listens for it once', async () => {
    client.status = 'reconnecting';
    const answers = [bounded.use(answering), bounded.use(answering)];
    expect(client.listenerCount('ready')).toBe(1);
    await pass(TIMEOUT - 1);
    client.ready();
    expect(await Promise.all(answers)).toEqual(['answer', 'answer']);
  });

  it('never begins what it has given up', async () => {
    client.status = 'reconnecting';
    const failed = failure(bounded.use(answering));
    await pass(TIMEOUT);
    expect(await failed).toContain('there is no connection (reconnecting)');
    client.ready();
    await pass(0);
    expect(begun).toBe(0);
  });

  it('connects a client that waits to be used, once', async () => {
    client.status = 'wait';
    const answers = [bounded.use(answering), bounded.use(answering)];
    expect(client.connects).toBe(1);
    client.ready();
    expect(await Promise.all(answers)).toEqual(['answer', 'answer']);
  });

  it('fails at once when the connection was closed for good', async () => {
    client.status = 'end';
    expect(await failure(bounded.use(answering))).toBe('Redis: the connection was closed');
  });
});
