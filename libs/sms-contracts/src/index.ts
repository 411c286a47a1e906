export { NAMESPACE, TOPICS } from './topics.js';
export type { SmsReceipt, SmsReply, SmsSubmitted } from './events.js';
export { CREATED, DEAD, DELIVERED, FAILED, SENDING, SENT, type SmsStatus } from './sms-status.js';
export { SmsRecord } from './sms-record.js';
export { databaseOptions, migrate } from './database.js';
export { Blacklist } from './blacklist.js';
export {
  IDEMPOTENCY_KEY_HEADER,
  OPERATOR_MESSAGES_PATH,
  OperatorMessage,
  OperatorReceipts,
  OperatorReplies,
  RECEIPTS_WEBHOOK,
  REPLIES_WEBHOOK,
  type OperatorReceipt,
  type OperatorReply,
} from './operator-api.js';
export { OperatorClient, type OperatorAnswer, type OperatorOptions } from './operator-client.js';
export { ApiKeys } from './api-keys.js';
export { API_KEY_HEADER, ApiKeyGuard, type AuthenticatedRequest, onlyFor } from './api-key.guard.js';
export { EnvironmentError, list, readEnvironment, variables } from './environment.js';
export { HealthController } from './health.controller.js';
export { runService } from './run-service.js';
