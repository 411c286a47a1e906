import { ReliableKafkaError } from '../../contracts/index.js';
import type { Position } from './windows.js';

/** Where a page ended. */
export interface Place extends Position {
  /** The first copy of the last letter of this window that was listed. */
  readonly after?: bigint;
}

export function cursorOf({ topic, partition, offset, after }: Place): string {
  const place = [topic, partition, offset?.toString() ?? '', after?.toString() ?? ''];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

export function placeOf(cursor: string, topics: readonly string[]): Place {
  const place = parsed(cursor);
  if (place && topics.includes(place.topic)) return place;
  throw new ReliableKafkaError('The cursor is not of this list: give the one of the page before, with the same topics');
}

function parsed(cursor: string): Place | undefined {
  try {
    const [topic, partition, offset, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (!Number.isInteger(partition)) return undefined;
    return { topic: String(topic), partition: Number(partition), offset: digits(offset), after: digits(after) };
  } catch {
    return undefined;
  }
}

function digits(text: unknown): bigint | undefined {
  return text === '' ? undefined : BigInt(String(text));
}
