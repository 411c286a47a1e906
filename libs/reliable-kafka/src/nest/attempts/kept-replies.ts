import type { Reply } from './replies.js';

/** Replies as they are stored with a claim. */
export function encodeReplies(replies: readonly Reply[]): Buffer {
  return Buffer.from(JSON.stringify(replies, (_name, value: unknown) => (isBytes(value) ? asText(value) : value)));
}

export function decodeReplies(kept: Buffer): Reply[] {
  return JSON.parse(kept.toString(), (_name, value: unknown) => (isText(value) ? asBytes(value) : value)) as Reply[];
}

/** What `JSON.stringify` makes of a Buffer before it asks. */
interface Bytes {
  readonly type: 'Buffer';
  readonly data: number[];
}

interface Text {
  readonly base64: string;
}

function isBytes(value: unknown): value is Bytes {
  return (value as Bytes | null)?.type === 'Buffer' && Array.isArray((value as Bytes).data);
}

function isText(value: unknown): value is Text {
  return typeof (value as Text | null)?.base64 === 'string';
}

function asText({ data }: Bytes): Text {
  return { base64: Buffer.from(data).toString('base64') };
}

function asBytes({ base64 }: Text): Buffer {
  return Buffer.from(base64, 'base64');
}
