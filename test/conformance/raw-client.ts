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

  /** Rejects when the broker closes the connection instead of answering. */
  async call<A extends Api<any, any>>(
    api: A,
    version: number,
    body: WriteOf<A['request']>,
  ): Promise<ReadOf<A['response']>> {
    if (this.socket.destroyed) throw new Error(GONE);
    const correlationId = this.write(api, version, body);
    const reply = await new Promise<Reader>((resolve, reject) => this.waiting.set(correlationId, { resolve, reject }));
    return api.response.read(reply, version);
  }

  /** Sends without waiting for an answer. */
  write<A extends Api<any, any>>(api: A, version: number, body: WriteOf<A['request']>): number {
    const correlationId = ++this.correlation;
    const writer = new Writer();
    writer.int16(api.key);
    writer.int16(version);
    writer.int32(correlationId);
    nullableString.write(writer, this.clientId, version);
    if ((api as Api) === (apis.apiVersions as Api) && version >= FLEXIBLE) writer.unsignedVarint(0);
    api.request.write(writer, body, version);
    this.sendFrame(Buffer.concat(writer.finish()));
    return correlationId;
  }

  sendFrame(frame: Buffer): void {
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    this.socket.write(Buffer.concat([size, frame]));
  }

  /** Resolves when the broker has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  end(): void {
    this.socket.destroy();
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
