import type { Backend, Classified } from '../../contracts/index.js';
import type { Thrown } from '../thrown.js';

/** Looks at one error, and not inside. `undefined`: says nothing about such errors. */
export type Recognise = (thrown: Thrown) => Classified | undefined;

export const RETRIABLE: Classified = Object.freeze({ class: 'retriable' });
export const FATAL: Classified = Object.freeze({ class: 'fatal' });
export const CONFLICT: Classified = Object.freeze({ class: 'conflict' });
/** Something is down, and the error does not say what. */
export const SOMETHING_DOWN: Classified = Object.freeze({ class: 'infrastructure' });

export function down(backend: Backend): Classified {
  return Object.freeze({ class: 'infrastructure', backend });
}
