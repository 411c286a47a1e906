import { v7 } from 'uuid';

/** The header that carries a message's identity from its producer to every consumer. */
export const MESSAGE_ID_HEADER = 'message-id';

/** A UUIDv7: unique, and roughly in the order of creation, which databases that store it as a key are grateful for. */
export function newMessageId(): string {
  return v7();
}
