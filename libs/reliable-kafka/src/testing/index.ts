/** For tests: a broker in memory, one record without a broker, and a judge of histories. */
export * from './embedded/index.js';
