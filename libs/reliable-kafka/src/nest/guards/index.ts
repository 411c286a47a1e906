export { guardProblems } from './guard-problems.js';
export { Stores } from './stores.js';
export { openGuard } from './open-guard.js';
