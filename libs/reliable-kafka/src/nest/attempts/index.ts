export * from './nest-handler.js';
export * from './replies.js';
