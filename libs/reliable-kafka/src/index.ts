/** nestjs-reliable-kafka: ordered, lossless Kafka handlers for Nest. */
export * from './nest/index.js';
export {
  AttemptTimeoutError,
  CommitFailedError,
  ConfigurationError,
  FatalError,
  InfrastructureError,
  NOTHING,
  PARTITION,
  RECORD_KEY,
  RejectedError,
  ReleasedError,
  ReliableKafkaError,
  TOPIC,
} from './contracts/index.js';
export type {
  Backend,
  Backoff,
  CommitAfterPolicy,
  CommitMode,
  ConfigurationProblem,
  ConsumedRecord,
  ConsumerStats,
  DeadLetterPolicy,
  DeadLetterState,
  DeadLetterStatus,
  DeadRecord,
  DeathReason,
  DeliveryReport,
  DurabilityOptions,
  ErrorClass,
  ErrorClassRules,
  ErrorMatcher,
  HealthCode,
  HealthReason,
  HealthReport,
  HealthStatus,
  HealthSubject,
  KeyFunction,
  OrderingSelector,
  ParkPolicy,
  Partitioner,
  RateLimitOptions,
  PartitionStats,
  PauseReason,
  Probe,
  RecordHeaders,
  RecordRef,
  ReliableConsumerOptions,
  ReliableKafkaEvent,
  ReliableMessage,
  ReliableProducerOptions,
  RetryPolicy,
  StartFrom,
  TopicConfig,
  TopicOptions,
} from './contracts/index.js';
export { ProvisioningError } from './durability/index.js';
export type {
  FindingCheck,
  FindingSeverity,
  ProvisioningReport,
  TopicDifference,
  TopicFinding,
} from './durability/index.js';
export type { SeekTarget } from './consumer/index.js';
export { exponential, fixed } from './retry/index.js';
export type { ExponentialOptions } from './retry/index.js';
export {
  DeadLetterActionError,
  DeadLetterInterruptedError,
  DeadLetterRefusedError,
  DLT as DEAD_LETTER_HEADERS,
} from './retry/index.js';
export type {
  DeadLetterAction,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterReport,
  DeadLetterSelection,
} from './retry/index.js';
export { OrderingKeyError } from './ordering/index.js';
export {
  DeliveryError,
  DeliveryExpiredError,
  FlushError,
  InvalidMessageError,
  ProducerClosedError,
  TopicUnavailableError,
  UnknownTopicError,
} from './producer/index.js';
export type { MessageResult, OnDelivery } from './producer/index.js';
export { ClaimLostError, FingerprintMismatchError, MissingKeyError, SelectorError } from './idempotency/index.js';
export type {
  Capacity,
  Claim,
  ClaimTold,
  Executed,
  GuardedCall,
  GuardKey,
  GuardSetting,
  IdempotencyGuard,
  IdempotencyStore,
  InboxStore,
  InboxTransaction,
  LeaseStore,
  OpenGuard,
  StoreContext,
  Verdict,
  WaitReason,
} from './contracts/index.js';
