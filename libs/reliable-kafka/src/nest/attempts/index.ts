export * from './guarded-handler.js';
export * from './nest-handler.js';
export * from './replies.js';
