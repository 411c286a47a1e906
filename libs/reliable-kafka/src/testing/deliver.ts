import type { INestApplicationContext } from '@nestjs/common';
import type { AttemptResult, ConsumedRecord, HandlerBinding, RecordHeaders } from '../contracts/index.js';
import { ReliableKafkaError } from '../contracts/index.js';
import { getServerToken } from '../nest/index.js';
import type { ReliableKafkaServer } from '../nest/index.js';
import { compileKey } from '../ordering/index.js';

export interface DeliverOptions {
  readonly key?: string | Buffer | null;
  readonly headers?: RecordHeaders;
  /** Default 0. */
  readonly partition?: number;
  /** Default 0. */
  readonly offset?: bigint;
  /** Milliseconds since the epoch. Default now. */
  readonly timestamp?: number;
  /** Which run of the handler on the record it is told to be. Default 1. */
  readonly attempt?: number;
  /** Aborts `ctx.signal`. */
  readonly signal?: AbortSignal;
  /** Where a topic has several handlers: the `@Handler` name, or class and method (`'SmsController.dispatch'`). */
  readonly handler?: string;
  /** The name of the module, for `forRoot({ name })`. */
  readonly name?: string;
}

/**
 * Gives one record to one handler of an application, without a broker, and its outcome back: deserializer, guards, pipes, interceptors,
 * request scope and filters included; lanes, retries and commits are not. The application must be initialized, with the server connected
 * (`module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer) })`, then `app.init()`).
 *
 * `payload` travels as a producer would send it: objects as JSON, texts and buffers as they are, `null` as a tombstone.
 * Rejects when no handler takes the topic, when several do and `handler` names none of them, and when the payload cannot be decoded
 * or has no ordering key.
 */
export async function deliver(
  app: INestApplicationContext,
  topic: string,
  payload: unknown,
  options: DeliverOptions = {},
): Promise<AttemptResult> {
  const server = app.get<ReliableKafkaServer>(getServerToken(options.name), { strict: false });
  const handler = theHandler(await server.handlers(), topic, options.handler);
  const record: ConsumedRecord = {
    topic,
    partition: options.partition ?? 0,
    offset: options.offset ?? 0n,
    key: bytes(options.key ?? null),
    value: bytes(payload),
    headers: options.headers,
    timestamp: String(options.timestamp ?? Date.now()),
  };
  const decoded = await server.decode(record);
  const key = compileKey(handler.orderedBy)(decoded, record);
  const { signal = new AbortController().signal } = options;
  return handler.invoke({
    record,
    payload: decoded,
    attempt: options.attempt ?? 1,
    behind: () => [],
    orderingKey: typeof key === 'string' ? key : undefined,
    signal,
    get isAborted() {
      return signal.aborted;
    },
  });
}

function theHandler(handlers: readonly HandlerBinding[], topic: string, wanted?: string): HandlerBinding {
  const exact = handlers.filter((one) => one.topic === topic);
  const takers = exact.length > 0 ? exact : byFirstPattern(handlers, topic);
  const named = wanted === undefined ? takers : takers.filter((one) => one.name === wanted || one.label === wanted);
  if (named.length === 1) return named[0]!;
  const known = takers.map(({ label, name }) => (name ? `${label} ('${name}')` : label)).join(', ');
  throw new ReliableKafkaError(
    takers.length === 0
      ? `deliver: no handler takes '${topic}'. Is the ReliableKafkaServer connected, and the application initialized?`
      : `deliver: name one handler of '${topic}' in the options' \`handler\`: ${known}`,
  );
}

function byFirstPattern(handlers: readonly HandlerBinding[], topic: string): HandlerBinding[] {
  const first = handlers.find((one) => one.topic instanceof RegExp && topic.search(one.topic) >= 0);
  return first
    ? handlers.filter((one) => one.topic instanceof RegExp && String(one.topic) === String(first.topic))
    : [];
}

function bytes(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}
