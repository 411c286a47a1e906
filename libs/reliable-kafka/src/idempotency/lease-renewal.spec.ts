import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LeaseRenewal } from './lease-renewal.js';

const LEASE = 3_000;

describe('LeaseRenewal', () => {
  /** What each renewal is told, in the order in which they were asked for. */
  let answers: ((isOurs: boolean | Error) => void)[];
  let renewal: LeaseRenewal;

  beforeEach(() => {
    jest.useFakeTimers();
    answers = [];
    renewal = new LeaseRenewal(
      LEASE,
      () =>
        new Promise((resolve, reject) => {
          answers.push((isOurs) => (isOurs instanceof Error ? reject(isOurs) : resolve(isOurs)));
        }),
    );
  });

  afterEach(() => {
    renewal.stop();
    jest.useRealTimers();
  });

  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('renews three times in the time of a lease, for as long as that is acknowledged', async () => {
    expect(renewal.start()).toBe(true);
    for (let i = 0; i < 30; i++) {
      await pass(LEASE / 3);
      expect(answers).toHaveLength(i + 1);
      answers[i]!(true);
    }
    expect(renewal.lost.aborted).toBe(false);
  });

  it('is lost as soon as the lease is told to be another owner’s, and asks no more', async () => {
    renewal.start();
    await pass(LEASE / 3);
    answers[0]!(false);
    await pass(0);
    expect(renewal.lost.aborted).toBe(true);
    await pass(10 * LEASE);
    expect(answers).toHaveLength(1);
  });

  it('is lost when its time is over and the store only failed', async () => {
    renewal.start();
    for (const i of [0, 1]) {
      await pass(LEASE / 3);
      answers[i]!(new Error('down'));
    }
    await pass(LEASE / 3 - 1);
    expect(renewal.lost.aborted).toBe(false);
    await pass(1);
    expect(renewal.lost.aborted).toBe(true);
  });

  it('is lost when its time is over and the store never answers', async () => {
    renewal.start();
    await pass(LEASE - 1);
    expect(renewal.lost.aborted).toBe(false);
    await pass(1);
    expect(renewal.lost.aborted).toBe(true);
  });

  it('counts the time from when a renewal was asked for, not from its answer', async () => {
    renewal.start();
    await pass(LEASE / 3);
    await pass(LEASE / 2);
    answers[0]!(true);
    await pass(LEASE / 2 - 1);
    expect(renewal.lost.aborted).toBe(false);
    await pass(1);
    expect(renewal.lost.aborted).toBe(true);
  });

  it('counts the time of the claim from before it was asked for', async () => {
    await pass(LEASE / 2);
    renewal.start();
    await pass(LEASE / 2 - 1);
    expect(renewal.lost.aborted).toBe(false);
    await pass(1);
    expect(renewal.lost.aborted).toBe(true);
  });

  it('does not start when the claim was answered after its time', async () => {
    await pass(LEASE);
    expect(renewal.start()).toBe(false);
    await pass(10 * LEASE);
    expect(answers).toEqual([]);
  });

  it('is not set back by an answer that another one has overtaken', async () => {
    renewal.start();
    await pass((2 * LEASE) / 3);
    answers[1]!(true);
    await pass(0);
    answers[0]!(true);
    await pass(LEASE - 1);
    expect(renewal.lost.aborted).toBe(false);
    await pass(1);
    expect(renewal.lost.aborted).toBe(true);
  });

  it('neither asks nor is lost once it is stopped, whatever answers are still to come', async () => {
    renewal.start();
    await pass(LEASE / 3);
    renewal.stop();
    answers[0]!(false);
    await pass(10 * LEASE);
    expect(answers).toHaveLength(1);
    expect(renewal.lost.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
