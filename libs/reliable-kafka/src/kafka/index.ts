export * from './producer.js';
export { createRecordSource } from './record-source.js';
export type { RecordSourceOptions } from './source-options.js';
export { auditTopics } from './topic-audit.js';
export { provision } from './provisioning.js';
export { withAdmin } from './with-admin.js';
export { kafkaProbe } from './kafka-probe.js';
export { createFencedPublishers } from './fenced-publishers.js';
