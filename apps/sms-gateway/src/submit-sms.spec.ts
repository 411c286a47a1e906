import { SubmitSms } from './submit-sms.js';

const common = { userId: 'u1', to: '+33639980000' };

describe('SubmitSms', () => {
  it('is a text, or a template with variables', () => {
    expect(SubmitSms.parse({ ...common, text: 'Hi' })).toEqual({ ...common, text: 'Hi' });
    expect(SubmitSms.parse({ ...common, template: 'code' })).toEqual({ ...common, template: 'code', variables: {} });
  });

  it.each([
    ['nothing to send', common],
    ['both', { ...common, text: 'Hi', template: 'code' }],
    ['no user', { to: common.to, text: 'Hi' }],
    ['an unknown property', { ...common, text: 'Hi', txet: 'Hi' }],
    ['a text that is none', { ...common, text: 42 }],
    ['an endless text', { ...common, text: 'a'.repeat(8_193) }],
    ['NUL, which PostgreSQL cannot store', { ...common, text: 'a\0b' }],
    ['half a surrogate pair', { ...common, text: 'a\ud83d' }],
    ['half a surrogate pair in a variable', { ...common, template: 'code', variables: { code: '\udc00' } }],
  ])('refuses %s', (_, body) => {
    expect(SubmitSms.safeParse(body).success).toBe(false);
  });
});
