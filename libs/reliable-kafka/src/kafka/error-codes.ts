/** Error codes of the protocol that change what we do. */
export const NONE = 0;
export const OFFSET_OUT_OF_RANGE = 1;
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const LEADER_NOT_AVAILABLE = 5;
export const OFFSET_METADATA_TOO_LARGE = 12;
export const ILLEGAL_GENERATION = 22;
export const UNKNOWN_MEMBER_ID = 25;
export const REBALANCE_IN_PROGRESS = 27;
export const TOPIC_ALREADY_EXISTS = 36;
export const FENCED_INSTANCE_ID = 82;

/** The coordinator no longer counts us in with this generation: another member may own our partitions already. */
export function isFenced(code: number): boolean {
  return code === ILLEGAL_GENERATION || code === UNKNOWN_MEMBER_ID || code === FENCED_INSTANCE_ID;
}

/** The protocol's error code behind an error of kafkajs, which wraps and re-wraps them. */
export function errorCodeOf(error: unknown): number | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'number') return at.code;
  }
  return undefined;
}

/** The broker has understood, and will not do it however often it is asked. */
export function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { retriable, code, name } = at as { retriable?: unknown; code?: unknown; name: string };
    if (retriable === false && (typeof code === 'number' || name === 'KafkaJSServerDoesNotSupportApiKey')) return true;
  }
  return false;
}
