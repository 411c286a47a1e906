/** Refusals of the records themselves: the broker checks them before it stores anything, at every attempt anew. */
const REFUSES_RECORDS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
]);
/** Refusals of the request: they say nothing about an attempt before them. */
const REFUSES_REQUEST = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
]);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const BUGS = new Set(['RangeError', 'ReferenceError', 'SyntaxError', 'TypeError']);

/** What a failed attempt says. */
export interface Failure {
  /** The client's own error, freed from what it was wrapped in. */
  readonly error: Error;
  /** The broker's name for it. */
  readonly type: string | undefined;
  /** Another attempt can help. */
  readonly retriable: boolean;
  /** Who refused it, so that the records are known not to be stored: by this attempt, or by any attempt. */
  readonly refusal: 'request' | 'records' | undefined;
  readonly tooLarge: boolean;
}

export function failureOf(thrown: unknown): Failure {
  const error = rootOf(thrown);
  const { type, retriable } = error as { type?: string; retriable?: boolean };
  return {
    error,
    type,
    retriable: retriable !== false && !BUGS.has(error.name),
    refusal: type && REFUSES_RECORDS.has(type) ? 'records' : type && REFUSES_REQUEST.has(type) ? 'request' : undefined,
    tooLarge: type !== undefined && TOO_LARGE.has(type),
  };
}

/** kafkajs wraps errors when its retries are used up, and calls the wrapping not retriable. */
function rootOf(thrown: unknown): Error {
  let error = thrown instanceof Error ? thrown : new Error(String(thrown));
  while (error.cause instanceof Error) error = error.cause;
  return error;
}
