export type { BareMethod } from './bare-method.js';
export * from './handler-plan.js';
export * from './handler-site.js';
export * from './policy-problems.js';
export { wrongCommitAfter } from './policy-values.js';
export * from './registration.js';
export * from './server-problems.js';
export * from './topic-order.js';
