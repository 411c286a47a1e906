export * from './consumption.js';
export * from './event-log.js';
export * from './first-to-be-destroyed.js';
export * from './health-watch.js';
