import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  FLEXIBLE,
  Reader,
  Writer,
  apis,
  nullableString,
  type Api,
  type ReadOf,
  type WriteOf,
} from '../../libs/reliable-kafka/src/testing/embedded/index.js';

const GONE = 'the broker hung up';

type Waiting = { resolve: (body: Reader) => void; reject: (error: Error) => void };

/** A connection that says exactly what a test wants to say, one request at a time, in a version of its choice. */
export class RawClient {
  private readonly waiting = new Map<number, Waiting>();
  private received = Buffer.alloc(0);
  private correlation = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly clientId: string,
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error(GONE));
      this.waiting.clear();
    });
  }

  static async connect(address: string, clientId = 'raw'): Promise<RawClient> {
    const [host, port] = address.split(':');
    const socket = connect(Number(port), host).setNoDelay(true);
    await once(socket, 'connect');
    return new RawClient(socket, clientId);
  }

  /**
   * Rejects when the broker closes the connection instead of answering. Some answers come in another version than the
   * question.
   */
  async call<A extends Api<any, any>>(
    api: A,
    version: number,
    body: WriteOf<A['request']>,
    answerVersion = version,
  ): Promise<ReadOf<A['response']>> {
    return this.ask(api, version, body, answerVersion, (bytes) => this.socket.write(bytes));
  }

  /** The same, byte by byte. */
  async callInPieces<A extends Api<any, any>>(api: A, version: number, body: WriteOf<A['request']>) {
    return this.ask(api, version, body, version, async (bytes) => {
      for (const byte of bytes) await new Promise((sent) => this.socket.write(Buffer.from([byte]), sent));
    });
  }

  /** Sends without waiting for an answer. */
  write<A extends Api<any, any>>(api: A, version: number, body: WriteOf<A['request']>): void {
    this.socket.write(this.request(api, version, body).bytes);
  }

  /** Sends whatever bytes as a request. */
  writeFrame(frame: Buffer): void {
    this.socket.write(framed([frame]));
  }

  writeBytes(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves when the broker has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  end(): void {
    this.socket.destroy();
  }

  private async ask<A extends Api<any, any>>(
    api: A,
    version: number,
    body: WriteOf<A['request']>,
    answerVersion: number,
    send: (bytes: Buffer) => unknown,
  ): Promise<ReadOf<A['response']>> {
    if (this.socket.destroyed) throw new Error(GONE);
    const { correlationId, bytes } = this.request(api, version, body);
    const reply = new Promise<Reader>((resolve, reject) => this.waiting.set(correlationId, { resolve, reject }));
    await send(bytes);
    return api.response.read(await reply, answerVersion);
  }

  private request<A extends Api<any, any>>(api: A, version: number, body: WriteOf<A['request']>) {
    const correlationId = ++this.correlation;
    const writer = new Writer();
    writer.int16(api.key);
    writer.int16(version);
    writer.int32(correlationId);
    nullableString.write(writer, this.clientId, version);
    if ((api as Api) === (apis.apiVersions as Api) && version >= FLEXIBLE) writer.unsignedVarint(0);
    api.request.write(writer, body, version);
    return { correlationId, bytes: framed(writer.finish()) };
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    while (this.received.length >= 4) {
      const end = 4 + this.received.readInt32BE(0);
      if (this.received.length < end) return;
      const reply = new Reader(this.received.subarray(4, end));
      this.received = this.received.subarray(end);
      const correlationId = reply.int32();
      this.waiting.get(correlationId)?.resolve(reply);
      this.waiting.delete(correlationId);
    }
  }
}

function framed(pieces: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(pieces.reduce((total, piece) => total + piece.length, 0));
  return Buffer.concat([size, ...pieces]);
}
