const STOP = new Set([
  'STOP',
  'STOPALL',
  'UNSUBSCRIBE',
  'CANCEL',
  'END',
  'QUIT',
  'ARRET',
  'BAJA',
  'TD',
  'T',
  '退订',
  '停止',
]);
const START = new Set(['START', 'UNSTOP', 'SUBSCRIBE', '订阅']);

/** Whether a person wants no more messages, or wants them again. Only a reply that is nothing but the word counts. */
export function replyIntent(text: string): 'stop' | 'start' | undefined {
  const word = text
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase();
  if (STOP.has(word)) return 'stop';
  return START.has(word) ? 'start' : undefined;
}
