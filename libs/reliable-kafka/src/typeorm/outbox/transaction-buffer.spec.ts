import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransactionBuffer } from './transaction-buffer.js';

describe('TransactionBuffer', () => {
  let buffer: TransactionBuffer<string>;
  beforeEach(() => void (buffer = new TransactionBuffer()));

  it('keeps the order of the calls, over nested transactions too', () => {
    buffer.add('a', 1);
    buffer.add('b', 2);
    buffer.nestedCommitted(2);
    buffer.add('c', 1);
    expect(buffer.take()).toEqual(['a', 'b', 'c']);
  });

  it('forgets what was added in a nested transaction that is rolled back, and in those inside of it', () => {
    buffer.add('a', 1);
    buffer.add('b', 2);
    buffer.add('c', 3);
    buffer.nestedCommitted(3);
    buffer.nestedRolledBack(2);
    expect(buffer.take()).toEqual(['a']);
  });

  it('keeps what a nested transaction committed when a later one beside it is rolled back', () => {
    buffer.add('kept', 2);
    buffer.nestedCommitted(2);
    buffer.add('forgotten', 2);
    buffer.nestedRolledBack(2);
    expect(buffer.take()).toEqual(['kept']);
  });

  it('is brought back to an earlier size by whoever has noted it', () => {
    buffer.add('a', 1);
    const { size } = buffer;
    buffer.add('b', 1);
    buffer.shrinkTo(size);
    expect(buffer.take()).toEqual(['a']);
  });

  it('refuses what comes after it was taken: nobody would publish it', () => {
    buffer.take();
    expect(() => buffer.add('late', 1)).toThrow('The transaction is being committed');
  });
});
