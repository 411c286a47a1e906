import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const host = '127.0.0.1';

/**
 * A loopback port that forwards to another one and can misbehave as networks do. A fault reaches the connections that
 * exist when it is set and those that come later. Bytes never change their order.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refusing = false;
  #delay = 0;
  #gate = Promise.resolve();
  #openGate: (() => void) | undefined;
  #replyDropped: (() => void) | undefined;

  private constructor(private readonly targetPort: number) {
    this.#server = createServer((client) => this.#link(client));
  }

  /** Listens on a free port; forwards to `targetPort` on loopback, which need not listen yet. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await once(proxy.#server.listen(0, host), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sockets that are open, to clients and to the target. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Resets every connection, and each new one at once, until `restore`. */
  cut(): void {
    this.#refusing = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Connections stay and new ones are accepted, but nothing passes either way until `restore`; then all of it does. */
  hold(): void {
    if (this.#openGate) return;
    this.#gate = new Promise((open) => (this.#openGate = open));
  }

  /** Each piece of bytes waits `ms` milliseconds before it passes, either way, until `restore`: latency, and less throughput. */
  delay(ms: number): void {
    this.#delay = ms;
  }

  /**
   * Throws away the next bytes that come from the target and resets their connection: the request arrived, its answer was
   * lost. Resolves when that has happened. It happens once; `restore` does not call it off.
   */
  dropNextReply(): Promise<void> {
    return new Promise((dropped) => (this.#replyDropped = dropped));
  }

  /** Ends `cut`, `hold` and `delay`. */
  restore(): void {
    this.#refusing = false;
    this.#delay = 0;
    this.#openGate?.();
    this.#openGate = undefined;
  }

  /** Resets what is connected and frees the port. */
  async stop(): Promise<void> {
    this.restore();
    this.cut();
    await new Promise((closed) => this.#server.close(closed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #link(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const target = connect({ host, port: this.targetPort, noDelay: true });
    client.setNoDelay(true);
    void this.#pump(client, target, () => true);
    void this.#pump(target, client, () => !this.#dropReply());
  }

  async #pump(from: Socket, to: Socket, mayPass: () => boolean): Promise<void> {
    this.#sockets.add(from);
    from.on('error', () => {}); // its close says enough
    from.once('close', () => this.#sockets.delete(from));
    to.once('close', () => from.destroy());
    try {
      for await (const chunk of from) {
        if (this.#delay > 0) await pause(this.#delay, undefined, { ref: false });
        await this.#gate;
        if (!mayPass()) return void to.resetAndDestroy();
        if (!to.write(chunk)) await once(to, 'drain');
      }
      to.end();
    } catch {
      from.destroy();
    }
  }

  #dropReply(): boolean {
    const dropped = this.#replyDropped;
    this.#replyDropped = undefined;
    dropped?.();
    return dropped !== undefined;
  }
}
