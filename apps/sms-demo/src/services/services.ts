/** What the platform runs on. */
export interface Services {
  readonly kind: string;
  readonly brokers: readonly string[];
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** For `SMS_NAMESPACE`: keeps this run apart from others on the same services. */
  readonly namespace: string;
  stop(): Promise<void>;
}
