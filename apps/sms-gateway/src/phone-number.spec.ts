import { toE164 } from './phone-number.js';

describe('toE164', () => {
  it.each([
    ['+33639980000', undefined, '+33639980000'],
    ['+33 6 39 98 00 00', undefined, '+33639980000'],
    ['06 39 98 00 00', 'FR', '+33639980000'],
    ['+1 (202) 555-0123', 'FR', '+12025550123'],
  ])('%s (country %s) is %s', (written, country, number) => {
    expect(toE164(written, country)).toBe(number);
  });

  it.each([['06 39 98 00 00'], ['+3363998'], ['+999123456789'], ['hello'], ['']])('%s alone is refused', (written) => {
    expect(() => toE164(written)).toThrow('is no phone number; write it as +33639980000');
  });
});
