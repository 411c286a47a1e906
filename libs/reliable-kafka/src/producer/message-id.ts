import { v7 } from 'uuid';

/** A UUIDv7: unique, and roughly in the order of creation, which databases that store it as a key are grateful for. */
export function newMessageId(): string {
  return v7();
}
