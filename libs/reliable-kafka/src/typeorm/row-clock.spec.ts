import { describe, expect, it } from '@jest/globals';
import { rowClock } from './row-clock.js';

describe('the end of a lease', () => {
  it('is not held by a type that rounds it to seconds, or that stores a local time', () => {
    expect(rowClock('mysql', 'datetime', undefined)).toBeUndefined();
    expect(rowClock('mysql', 'datetime', 2)).toBeUndefined();
    expect(rowClock('mysql', 'timestamp', 6)).toBeUndefined();
    expect(rowClock('mysql', 'datetime', 3)).toBeDefined();
  });

  it('is not held by a number that is too small for it, by a day or by a text', () => {
    for (const type of ['integer', 'date', 'character varying']) expect(rowClock('postgres', type)).toBeUndefined();
    for (const type of ['int', 'date', 'varchar']) expect(rowClock('mysql', type)).toBeUndefined();
    for (const type of ['date', 'varchar']) expect(rowClock('sqlite', type)).toBeUndefined();
  });
});
