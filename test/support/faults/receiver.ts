import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly calls: number;
  /** The idempotency keys that came with them: what a receiver that de-duplicates would have done. */
  readonly keys: ReadonlySet<string>;
  /** Fencing tokens in the order in which they were accepted. */
  readonly fences: readonly number[];
  /** Calls that came with a token lower than one before. */
  readonly refused: number;
}

const NOTHING: Received = { calls: 0, keys: new Set(), fences: [], refused: 0 };

/** A call to the receiver, as handlers make it. Times out well before any lease in these tests would matter to it. */
export async function call(port: number, message: string, { key, fence }: { key: string; fence?: bigint }) {
  const answer = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(message)}`, {
    method: 'POST',
    headers: { 'idempotency-key': encodeURIComponent(key), ...(fence !== undefined && { fence: String(fence) }) },
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the receiver answered ${answer.status}`);
}

/** How often the receiver was called for a message by now, as it says itself. */
export async function ask(port: number, message: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(message)}`);
  return Number(await answer.text());
}

/**
 * The outside world of the fault matrix: a server that counts what it was asked to do, by message. Its own memory of idempotency keys and fencing
 * tokens says what a receiver with such a memory would have made of the same calls.
 */
export class Receiver {
  private readonly server: Server;
  private readonly received = new Map<string, Received>();

  private readonly failing = new Set<string>();

  private constructor() {
    this.server = createServer((request, response) => this.take(request, response));
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await once(receiver.server.listen(0, '127.0.0.1'), 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next call for this message is not taken: it fails, as channels do. */
  failNext(message: string): void {
    this.failing.add(message);
  }

  /** What came for one message. */
  of(message: string): Received {
    return this.received.get(message) ?? NOTHING;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private take({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    const message = decodeURIComponent(url!.slice(1));
    if (method === 'GET') return void response.end(String(this.of(message).calls));
    if (this.failing.delete(message)) return void response.writeHead(503).end();
    const { calls, keys, fences, refused } = this.of(message);
    const fence = headers.fence === undefined ? undefined : Number(headers.fence);
    const isLate = fence !== undefined && fences.some((earlier) => earlier > fence);
    this.received.set(message, {
      calls: calls + 1,
      keys: new Set([...keys, String(headers['idempotency-key'])]),
      fences: fence === undefined || isLate ? fences : [...fences, fence],
      refused: refused + (isLate ? 1 : 0),
    });
    response.writeHead(isLate ? 409 : 200).end();
  }
}
