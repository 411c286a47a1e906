import { beforeEach, describe, expect, it } from '@jest/globals';
import { Lease } from './lease.js';

describe('Lease', () => {
  let now: number;
  let told: boolean[];
  let lease: Lease;

  beforeEach(() => {
    now = 1_000;
    told = [];
    lease = new Lease(
      100,
      () => now,
      (held) => told.push(held),
    );
  });

  it('does not exist before the broker has acknowledged anything', () => {
    expect(lease.held).toBe(false);
    lease.tell();
    lease.disproven();
    expect(told).toEqual([]);
  });

  it('ends a session timeout after the acknowledged request was written, not after its answer came', () => {
    now = 1_090;
    lease.proven(1_000);
    expect(lease.held).toBe(true);
    now = 1_100;
    expect(lease.held).toBe(false);
  });

  it('is not prolonged by an answer that lay waiting while the process was stopped', () => {
    lease.proven(1_000);
    now = 5_000;
    lease.proven(1_010);
    expect(lease.held).toBe(false);
    expect(told).toEqual([false]);
  });

  it('is not shortened by the late answer to an older request', () => {
    lease.proven(1_050);
    lease.proven(1_000);
    now = 1_149;
    expect(lease.held).toBe(true);
  });

  it('ends at once when the broker says that we are not a member', () => {
    lease.proven(1_000);
    lease.disproven();
    expect(lease.held).toBe(false);
  });

  it('tells each change once', () => {
    lease.proven(1_000);
    now = 1_200;
    lease.tell();
    lease.tell();
    lease.proven(1_200);
    lease.tell();
    expect(told).toEqual([false, true]);
  });
});
