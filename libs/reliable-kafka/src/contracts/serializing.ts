import type { ReliableMessage } from './producing.js';
import type { RecordHeaders } from './record.js';

/** Key and value as bytes, or as texts. */
export interface SerializedMessage {
  readonly value: Buffer | string | null;
  readonly key?: Buffer | string | null;
  readonly headers?: RecordHeaders;
}

export type SerializeMessage = (
  message: ReliableMessage,
  topic: string,
) => SerializedMessage | Promise<SerializedMessage>;
