export * from './ordered-by.js';
export * from './commit-after.js';
export * from './handler.js';
export * from './idempotent.js';
export type { Path } from './path.js';
export { lineageOf, policiesSaidBy, policyOf, POLICY_DECORATORS } from './policies.js';
export type { AnyClass, PolicyName } from './policies.js';
