/**
 * `SMS_NAMESPACE` goes before every topic, the consumer group and the Redis keys, so that several installations can share
 * one cluster. Read here and not with the other variables because decorators need it before any configuration is loaded.
 */
export const NAMESPACE = process.env.SMS_NAMESPACE ?? '';

/** All keyed by `userId`: what concerns one user keeps its order. */
export const TOPICS = {
  submitted: `${NAMESPACE}sms.submitted`,
  receipts: `${NAMESPACE}sms.receipts`,
  replies: `${NAMESPACE}sms.replies`,
} as const;
