import { ApiKeys } from './api-keys.js';

describe('ApiKeys', () => {
  const keys = new ApiKeys({ shop: 'shop-secret', bank: 'bank-secret' });

  it('names the owner of a key', () => {
    expect(keys.ownerOf('bank-secret')).toBe('bank');
  });

  it.each([undefined, '', 'bank', 'bank-secret ', 'BANK-SECRET', 'x'.repeat(100_000)])(
    'knows nobody with %s',
    (key) => {
      expect(keys.ownerOf(key)).toBeUndefined();
    },
  );
});
