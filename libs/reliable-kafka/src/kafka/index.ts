export * from './producer.js';
export { createRecordSource } from './record-source.js';
export type { RecordSourceOptions } from './source-options.js';
