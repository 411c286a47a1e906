import type { Message } from './message.js';

const USERS = 200;
/** One message in so many is blank, which the gateway must refuse. */
const BLANK_EVERY = 400;
const TEXTS = [
  'Running late, start without me',
  'Bring €20 and the [blue] bag',
  '几点出来呀？等会上哪？',
  'Happy birthday! 🎂🎉',
  'Your parcel waits at the counter until Friday, 18:00. Bring a photo identity card and this code with you.',
  'Ça va? On se voit à midi',
];

/** The same messages each time. Users as life has them: the n-th writes about 1/n as often as the first. */
export function generate(count: number): Message[] {
  const random = sequence(20_261_124);
  return Array.from({ length: count }, (_, n) => {
    const userId = `u${String(Math.floor(USERS ** random())).padStart(4, '0')}`;
    const text = TEXTS[Math.floor(random() * TEXTS.length)].repeat(1 + Math.floor(random() ** 4 * 4));
    return { id: `m${n + 1}`, userId, text: n % BLANK_EVERY === BLANK_EVERY - 1 ? ' ' : text };
  });
}

/** Evenly over many users: for measuring throughput, where no one user shall be the bound. */
export function generateEvenly(count: number, users: number, prefix: string): Message[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `${prefix}${n + 1}`,
    userId: `${prefix}${n % users}`,
    text: TEXTS[n % TEXTS.length],
  }));
}

/** Numbers from 0 to 1 by a linear congruence: not for secrets. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
