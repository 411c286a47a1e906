export type { Message } from './message.js';
export { generate, generateEvenly } from './generate.js';
export { InputError, readMessages } from './read-file.js';
