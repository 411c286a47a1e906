import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Broker } from './broker.js';
import { isLegalTopicName } from './log/index.js';
import { Faults, serve } from './server/index.js';

export interface EmbeddedKafkaOptions {
  /** The TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Topics to begin with, and how many partitions each has. */
  readonly topics?: Readonly<Record<string, number>>;
  /** Partitions of a topic that is created without a number of them, as Kafka's `num.partitions`. Default 1. */
  readonly defaultPartitions?: number;
  /** Whether asking for an unknown topic creates it, as Kafka's `auto.create.topics.enable`. Default true. */
  readonly autoCreateTopics?: boolean;
  /**
   * The shortest session that a group member may have, in milliseconds, as Kafka's `group.min.session.timeout.ms`.
   * Default 1, so that tests of expiry are quick; Kafka's own default is 6,000.
   */
  readonly minSessionTimeoutMs?: number;
}

/**
 * A small one-node broker that speaks Kafka's wire protocol on a loopback port, for tests and demonstrations.
 *
 * **It is in memory and it is not Kafka**: nothing survives `stop()`, nothing is replicated, retention and compaction
 * do not happen, there is no TLS, SASL or authorisation, and its speed says nothing about a real cluster. What it does
 * do (produce, fetch, groups with real rebalances, commits, admin calls, idempotence, transactions) behaves as in
 * Apache Kafka: one conformance suite runs against both.
 */
export class EmbeddedKafka {
  /** Addresses for a client's `brokers` option. */
  readonly brokers: string[];
  /** Delays, lost requests and replies, errors, cut connections and rebalances on demand. */
  readonly faults: Faults;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly broker: Broker,
  ) {
    this.brokers = [`${broker.host}:${broker.port}`];
    this.faults = new Faults((id) => {
      const group = broker.groups.get(id);
      if (!group) throw new Error(`faults.rebalance: no group "${id}" has joined this broker`);
      return group.forceRebalance();
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      void serve(socket, broker, this.faults);
    });
  }

  /** Listens within milliseconds. Rejects when the port is taken or a topic can have no such name or width. */
  static async start(options: EmbeddedKafkaOptions = {}): Promise<EmbeddedKafka> {
    const { topics = {}, defaultPartitions = 1 } = options;
    for (const [name, partitions] of Object.entries({ ...topics, defaultPartitions })) {
      if (!Number.isInteger(partitions) || partitions < 1) {
        throw new Error(`EmbeddedKafka: "${name}" needs a positive whole number of partitions, not ${partitions}`);
      }
    }
    for (const name of Object.keys(topics)) {
      if (!isLegalTopicName(name)) throw new Error(`EmbeddedKafka: "${name}" is no legal topic name`);
    }
    const server = createServer().listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    const settings = {
      defaultPartitions,
      autoCreateTopics: options.autoCreateTopics ?? true,
      minSessionTimeoutMs: options.minSessionTimeoutMs ?? 1,
    };
    const broker = new Broker(settings, (server.address() as AddressInfo).port);
    for (const [name, partitions] of Object.entries(topics)) broker.topics.create(name, partitions);
    return new EmbeddedKafka(server, broker);
  }

  /** Cuts every connection and forgets everything. Leaves no socket and no timer behind; safe to call twice. */
  async stop(): Promise<void> {
    this.broker.stop();
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) await new Promise((closed) => this.server.close(closed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
