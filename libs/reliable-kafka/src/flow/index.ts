export { Places } from './capacity.js';
export { PauseReasons } from './pause-reasons.js';
export { BufferBudget, type BufferBounds, type BufferShare } from './buffer-budget.js';
