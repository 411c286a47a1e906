/** Health for `@nestjs/terminus` 11 or 12, which is the application's own dependency. */
export { ReliableKafkaTerminusModule } from './reliable-kafka-terminus.module.js';
export { ReliableKafkaHealthIndicator } from './reliable-kafka-health-indicator.js';
export type { ReliableKafkaHealthOptions, ReliableKafkaReadinessOptions } from './reliable-kafka-health-indicator.js';
