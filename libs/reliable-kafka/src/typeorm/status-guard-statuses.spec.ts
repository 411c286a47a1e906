import { describe, expect, it } from '@jest/globals';
import { FatalError } from '../contracts/index.js';
import { InvalidStatusError } from './row-errors.js';
import { finalStatus, placeOf } from './status-guard-statuses.js';

const statuses = { from: 0, to: 1, done: [2, 3, 4], dead: 5 };

describe('the place of a row', () => {
  it('is told by its status', () => {
    expect([0, 1, 2, 3, 4, 5, 6, null, undefined].map((status) => placeOf(status, statuses))).toEqual([
      'from',
      'to',
      'done',
      'done',
      'done',
      'dead',
      'elsewhere',
      'elsewhere',
      'elsewhere',
    ]);
  });

  it('does not depend on whether a driver gives numbers as texts', () => {
    expect(['0', '1', '2', '5'].map((status) => placeOf(status, statuses))).toEqual(['from', 'to', 'done', 'dead']);
  });

  it('is done rather than underway where a status is both', () => {
    expect(placeOf('paid', { from: 'new', to: 'paid', done: ['paid'] })).toBe('done');
  });

  it('is elsewhere at an unknown status when there is no dead one', () => {
    expect(placeOf(undefined, { from: 0, to: 1, done: [2] })).toBe('elsewhere');
  });
});

describe('what a handler returns', () => {
  it('is the final status: one of done, or dead', () => {
    expect([2, 4, 5].map((status) => finalStatus(status, statuses))).toEqual([2, 4, 5]);
  });

  it.each([
    [undefined, 'returned no status'],
    [null, 'returned an object'],
    [0, "returned '0'"],
    [1, "returned '1'"],
    ['sent', "returned 'sent'"],
    [{ status: 2 }, 'returned an object'],
  ])('is not %p: that is fatal, with the remedy', (returned, what) => {
    const read = () => finalStatus(returned, statuses);
    expect(read).toThrow(InvalidStatusError);
    expect(read).toThrow(FatalError);
    expect(read).toThrow(what);
    expect(read).toThrow("Have it return one of '2', '3', '4', '5', or throw");
  });
});
