import { randomBytes } from 'node:crypto';
import { Groups } from './groups/index.js';
import { Topics, configTypes, type ConfigEntry } from './log/index.js';
import { Transactions } from './transactions/index.js';

export interface BrokerSettings {
  readonly defaultPartitions: number;
  readonly autoCreateTopics: boolean;
  readonly minSessionTimeoutMs: number;
}

/** The state of the one node, which leads every partition and coordinates every group and transaction. */
export class Broker {
  readonly nodeId = 1;
  readonly host = '127.0.0.1';
  readonly clusterId = randomBytes(16).toString('base64url');
  readonly groups = new Groups();
  readonly topics: Topics;
  readonly transactions: Transactions;

  constructor(
    readonly settings: BrokerSettings,
    readonly port: number,
  ) {
    this.topics = new Topics(settings.defaultPartitions, (topic) => this.groups.forgetTopic(topic));
    this.transactions = new Transactions(this.topics, this.groups);
  }

  /** The settings that a client may ask for, under the names that Kafka gives them. */
  configs(): ConfigEntry[] {
    const { defaultPartitions, autoCreateTopics, minSessionTimeoutMs } = this.settings;
    const entry = (name: string, type: keyof typeof configTypes, value: unknown): ConfigEntry => {
      return { name, value: String(value), isDefault: true, type: configTypes[type] };
    };
    return [
      entry('num.partitions', 'int', defaultPartitions),
      entry('auto.create.topics.enable', 'boolean', autoCreateTopics),
      entry('group.min.session.timeout.ms', 'int', minSessionTimeoutMs),
      entry('group.initial.rebalance.delay.ms', 'int', 0),
    ];
  }

  stop(): void {
    this.groups.end();
    this.transactions.stop();
  }
}
