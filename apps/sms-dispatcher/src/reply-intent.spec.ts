import { replyIntent } from './reply-intent.js';

describe('replyIntent', () => {
  it.each(['STOP', 'stop', ' Stop. ', '"STOP!"', 'Arrêt', 'ＳＴＯＰ', 'td', '退订', 'Stop all'])(
    '%s is a stop',
    (text) => {
      expect(replyIntent(text)).toBe('stop');
    },
  );

  it.each(['START', 'unstop', '订阅'])('%s is a start', (text) => {
    expect(replyIntent(text)).toBe('start');
  });

  it.each(['', '...', 'Please stop calling', 'stop it', 'bus stop', 'OK'])('%s is neither', (text) => {
    expect(replyIntent(text)).toBeUndefined();
  });
});
