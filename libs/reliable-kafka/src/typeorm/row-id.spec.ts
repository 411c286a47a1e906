import { describe, expect, it } from '@jest/globals';
import type { ConsumedRecord } from '../contracts/index.js';
import { FatalError } from '../contracts/index.js';
import { MissingKeyError } from '../idempotency/index.js';
import { rowIdReader } from './row-id.js';

const record = { offset: 5n } as ConsumedRecord;

describe('the id of a row', () => {
  it('is found by a payload path or a function', () => {
    expect(rowIdReader('order.id', false)({ order: { id: 'A1' } }, record)).toBe('A1');
    expect(rowIdReader(({ id }, { offset }) => `${id}-${offset}`, false)({ id: 'A1' }, record)).toBe('A1-5');
  });

  it('has the type of its column, so that no database compares a text with a number', () => {
    expect([7, 7n, '7'].map((id) => rowIdReader('id', false)({ id }, record))).toEqual(['7', '7', '7']);
    expect([7, 7n, '7'].map((id) => rowIdReader('id', true)({ id }, record))).toEqual([7n, 7n, 7n]);
  });

  it.each([[undefined], [null], [''], [Number.NaN], [true], [{}]])('is not %p: that is fatal', (id) => {
    expect(() => rowIdReader('id', false)({ id }, record)).toThrow(MissingKeyError);
    expect(() => rowIdReader('id', true)({ id }, record)).toThrow(MissingKeyError);
  });

  it.each([['12abc'], ['1.5'], [1.5], [2 ** 53]])('is not %p where the column holds whole numbers', (id) => {
    const read = () => rowIdReader('id', true)({ id }, record);
    expect(read).toThrow(FatalError);
    expect(read).toThrow(`The id 'id' of @Idempotent found '${id}' for a column of whole numbers`);
  });
});
