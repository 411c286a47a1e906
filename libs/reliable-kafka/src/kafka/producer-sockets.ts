import type { ISocketFactory } from 'kafkajs';
import { defaultSocketFactory } from './socket-factory.js';

/** The open sockets of one Kafka instance: kafkajs waits for answers before it closes a connection, and some never come. */
export class Sockets {
  readonly #open = new Set<ReturnType<ISocketFactory>>();

  constructor(private readonly connect: ISocketFactory = defaultSocketFactory) {}

  readonly factory: ISocketFactory = (destination) => {
    const socket = this.connect(destination);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Cuts what is left; what kafkajs still waits for fails. */
  destroy(reason: Error): void {
    for (const socket of this.#open) socket.destroy(reason);
  }
}
