import { connect } from 'node:net';
import { type ISocketFactory, type KafkaConfig, logLevel } from 'kafkajs';
import { TcpProxy } from './tcp-proxy.js';

/** A way to Kafka on which every broker is reached through a proxy of its own. */
export class ProxiedKafka {
  private constructor(private readonly proxies: ReadonlyMap<number, TcpProxy>) {}

  static async before(brokers: readonly string[]): Promise<ProxiedKafka> {
    const ports = brokers.map((broker) => Number(broker.split(':')[1]));
    const proxies = await Promise.all(ports.map(async (port) => [port, await TcpProxy.start(port)] as const));
    return new ProxiedKafka(new Map(proxies));
  }

  client(brokers: string[]): KafkaConfig {
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) =>
      connect({ host, port: this.proxies.get(port)!.port }, onConnect);
    return { brokers, socketFactory, logLevel: logLevel.NOTHING };
  }

  /** Nothing passes either way until `release`; then all of it does. */
  hold(): void {
    for (const proxy of this.proxies.values()) proxy.hold();
  }

  /** Connections are reset, and new ones refused, until `release`. */
  cut(): void {
    for (const proxy of this.proxies.values()) proxy.cut();
  }

  release(): void {
    for (const proxy of this.proxies.values()) proxy.restore();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
  }
}
