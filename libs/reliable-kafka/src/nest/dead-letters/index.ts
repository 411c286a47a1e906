export { addressed } from './addressed-handler.js';
export { deadLetterProblems } from './dead-letter-problems.js';
export { DeadLetters } from './dead-letters.js';
export * from './options.js';
export { DeadLetterRepublishError } from './republishing.js';
