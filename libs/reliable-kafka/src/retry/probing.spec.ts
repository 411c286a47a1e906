import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InfrastructureError } from '../contracts/index.js';
import { askInTime } from './probing.js';

describe('a question to a backend', () => {
  let ended: number;
  const end = () => void ended++;

  beforeEach(() => {
    jest.useFakeTimers();
    ended = 0;
  });

  afterEach(() => {
    expect(ended).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('is over when it is answered, and so is its connection', async () => {
    await expect(askInTime('ledger', async () => 'answer', end)).resolves.toBeUndefined();
  });

  it('fails as the backend does', async () => {
    const refused = new Error('connect ECONNREFUSED');
    await expect(askInTime('ledger', () => Promise.reject(refused), end)).rejects.toBe(refused);
  });

  it('fails after five seconds without an answer, and nobody minds what comes later', async () => {
    let answer!: (error: Error) => void;
    const asked = askInTime('ledger', () => new Promise((_, reject) => (answer = reject)), end);
    const failed = asked.catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(ended).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(await failed).toBeInstanceOf(InfrastructureError);
    expect(await failed).toMatchObject({ message: 'ledger: no answer to a probe within 5000 ms', backend: 'ledger' });
    answer(new Error('the connection was ended'));
  });
});
