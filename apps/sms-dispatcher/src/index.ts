export { createDispatcher } from './create-dispatcher.js';
export { type DispatcherConfig, readDispatcherConfig } from './dispatcher.config.js';
