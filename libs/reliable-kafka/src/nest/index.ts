export { ReliableKafkaModule } from './reliable-kafka.module.js';
export { ReliableKafkaServer } from './server.js';
export { ConsumerControl } from './consumer-control.js';
export { ReliableKafkaEvents } from './events.js';
export { DeadLetterRepublishError, DeadLetters } from './dead-letters/index.js';
export type {
  DeadLetterChangeOptions,
  DeadLetterListOptions,
  DeadLetterRecipients,
  DeadLetterReplayOptions,
  DeadLetterReplayReport,
} from './dead-letters/index.js';
export { TopicAudit, TopicProvisioner } from './durability/index.js';
export type { ProvisioningOptions, TopicAuditReport } from './durability/index.js';
export { RecordContext } from './context/index.js';
export { CommitAfter, DeadLetter, Handler, Idempotent, OrderedBy, Park, Retry } from './decorators/index.js';
export type { OrderedByDecorator, Path } from './decorators/index.js';
export { reliableKafka } from './transport.js';
export * from './tokens.js';
export * from './options.js';
export { ReliableKafkaClient, ReliableKafkaProducer } from './producer/index.js';
export type { KeySelector, ReliableKafkaClientOptions } from './producer/index.js';
