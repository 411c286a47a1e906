import { describe, expect, it } from '@jest/globals';
import { optionProblems } from './options.js';

const url = 'redis://localhost:6379';

describe('the options of redisIdempotency', () => {
  it.each([
    { url },
    { url: 'rediss://user:secret@host/2' },
    { token: Symbol('REDIS') },
    { url, name: 'a', prefix: 'p:' },
  ])('may be %j', (options) => {
    expect(optionProblems(options)).toEqual([]);
  });

  it.each<[what: string, options: any]>([
    ['nothing says which Redis', {}],
    ['url and token are given', { url, token: 'REDIS' }],
    ['its url is not one of Redis', { url: 'localhost:6379' }],
    ['its url is not one of Redis', { url: 'http://localhost' }],
    ['its name is empty', { url, name: '' }],
    ['its prefix is number', { url, prefix: 1 }],
    ['its commandTimeout is 0', { url, commandTimeout: 0 }],
    ['its commandTimeout is 1s', { url, commandTimeout: '1s' }],
    ["there is no option 'uri'", { url, uri: url }],
  ])('are refused: %s', (what, options) => {
    expect(optionProblems(options)).toEqual([{ where: 'redisIdempotency', what, remedy: expect.any(String) }]);
  });
});
