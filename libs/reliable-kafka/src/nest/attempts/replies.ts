import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaHeaders } from '@nestjs/microservices';
import type { Serializer } from '@nestjs/microservices';
import type { ConsumedRecord, Log, RecordHeaders } from '../../contracts/index.js';
import { DeliveryError, InvalidMessageError, MessageSender, UnknownTopicError } from '../../producer/index.js';
import type { Draft, ProducerCore, SerializedMessage } from '../../producer/index.js';
import { exponential } from '../../retry/index.js';
import type { ReplyPacket } from './reply-packets.js';

/** Where a request wants its replies. */
export interface ReplyTarget {
  readonly topic: string;
  readonly partition: number | undefined;
  readonly correlationId: Buffer | string;
}

/** A reply as it is sent to whoever asks. */
export interface Reply {
  readonly message: SerializedMessage;
  readonly isError: boolean;
  /** None comes after it. */
  readonly isLast: boolean;
}

const INTERNAL_ERROR = { status: 'error', message: 'Internal server error' };

/** Sends replies in the form of Nest's `ServerKafka`, and resolves when they are stored. */
export class Replies {
  private readonly sender: MessageSender;
  private readonly backoff = exponential(200, { max: 30_000 });

  constructor(
    core: ProducerCore,
    private readonly serializer: Serializer,
    private readonly log: Log,
  ) {
    this.sender = new MessageSender(core);
  }

  /** `undefined` for a record that asks for no reply. */
  targetOf({ headers }: ConsumedRecord): ReplyTarget | undefined {
    const correlationId = one(headers?.[KafkaHeaders.CORRELATION_ID]);
    const topic = one(headers?.[KafkaHeaders.REPLY_TOPIC]);
    const partition = one(headers?.[KafkaHeaders.REPLY_PARTITION]);
    if (!correlationId?.length || !topic?.length) return undefined;
    return {
      correlationId,
      topic: String(topic),
      partition: partition === undefined ? undefined : Number.parseFloat(String(partition)),
    };
  }

  /**
   * Resolves when the reply is stored, or when nobody can ever read it (its topic or partition does not exist: a warning). Everything else
   * is tried again, the reply and not the handler, until `signal` aborts; then it rejects.
   */
  async send(target: ReplyTarget, reply: Reply, signal: AbortSignal): Promise<void> {
    const draft = addressed(reply, target);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.sender.sendDrafts(target.topic, [draft], (one) => one);
        return;
      } catch (error) {
        if (error instanceof UnknownTopicError || error instanceof InvalidMessageError) {
          this.log.warn(`A reply has nowhere to go and is dropped: ${error.message}`);
          return;
        }
        if (isRefused(error) && !reply.isError) {
          this.log.error(`A reply cannot be stored, an error is sent in its place: ${error}`);
          return this.send(target, await this.replyOf({ err: INTERNAL_ERROR, isDisposed: true }), signal);
        }
        this.log.warn(`A reply to '${target.topic}' was not stored and is sent again: ${error}`);
        await sleep(this.backoff(attempt), undefined, { signal, ref: false });
      }
    }
  }

  /** Never rejects: what cannot be serialized is answered with an error. */
  async replyOf(packet: ReplyPacket): Promise<Reply> {
    const message = await this.serialize(packet);
    const headers: RecordHeaders = { ...message.headers };
    const { err, isDisposed = false } = packet;
    const isError = err !== undefined;
    if (isError)
      headers[KafkaHeaders.NEST_ERR] = Buffer.from(typeof err === 'object' ? JSON.stringify(err) : String(err));
    if (isDisposed) headers[KafkaHeaders.NEST_IS_DISPOSED] = Buffer.alloc(1);
    return { message: { ...message, headers }, isError, isLast: isDisposed };
  }

  private async serialize(packet: ReplyPacket): Promise<SerializedMessage> {
    try {
      return await this.serializer.serialize(packet.response);
    } catch (error) {
      this.log.error(`A reply cannot be serialized, an error is sent in its place: ${error}`);
      Object.assign(packet, { err: INTERNAL_ERROR, isDisposed: true, response: undefined });
      return { value: null };
    }
  }
}

function addressed({ message }: Reply, { partition, correlationId }: ReplyTarget): Draft {
  const headers = { ...message.headers, [KafkaHeaders.CORRELATION_ID]: correlationId };
  return { ...message, headers, partition, payload: message.value, timestamp: String(Date.now()) };
}

/** The broker will never take it (it is too large, say). */
function isRefused(error: unknown): boolean {
  if (!(error instanceof DeliveryError)) return false;
  const { cause } = error as { cause?: { retriable?: boolean } };
  return cause?.retriable === false && error.results.every(({ status }) => status === 'not-stored');
}

function one(header: RecordHeaders[string]): Buffer | string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
