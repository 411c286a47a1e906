import type { Socket } from 'node:net';
import { MalformedRequest } from '../wire/index.js';

const SIZE = 4;
/** As Kafka's `socket.request.max.bytes`. */
const LARGEST_REQUEST = 100 * 1024 * 1024;

/** The requests of one connection, each without its size. Nothing more is read while a request is being answered. */
export async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < wanted(waiting)) continue;
    let rest = waiting.length === 1 ? chunk : Buffer.concat(waiting, size);
    for (let end = wanted([rest]); rest.length >= end; end = wanted([rest])) {
      yield rest.subarray(SIZE, end);
      rest = rest.subarray(end);
    }
    waiting = rest.length > 0 ? [rest] : [];
    size = rest.length;
  }
}

/** How many bytes complete the first request. */
function wanted(waiting: readonly Buffer[]): number {
  const [first] = waiting;
  if (!first) return SIZE;
  const head = first.length >= SIZE ? first : Buffer.concat(waiting);
  if (head.length < SIZE) return SIZE;
  const length = head.readInt32BE(0);
  if (length < 0 || length > LARGEST_REQUEST) throw new MalformedRequest(`a request of ${length} bytes`);
  return SIZE + length;
}
