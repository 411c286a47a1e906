import type { Log } from '../../contracts/index.js';
import type { TopicFinding } from '../../durability/index.js';
import { auditTopics, withAdmin } from '../../kafka/index.js';
import type { Consumption } from '../lifecycle/index.js';
import type { ReliableKafkaOptions } from '../options.js';

/** What an audit on demand found. */
export interface TopicAuditReport {
  /** What was looked at. */
  readonly topics: readonly string[];
  /** Empty when nothing is to be said. By topic, in the order of `topics`. */
  readonly findings: readonly TopicFinding[];
}

/**
 * Whether topics can lose records that were acknowledged, stop for one broker that is away, or keep records for longer than guards remember them:
 * replication factor, `min.insync.replicas`, unclean leader election, flushing, retention, and the replicas as they are now. The same is looked at
 * when consuming starts, as the option `audit` says.
 *
 * It reads and changes nothing. What it does not see: disks, racks, and how other producers send (`acks`).
 */
export class TopicAudit {
  /** @internal */
  constructor(
    private readonly options: ReliableKafkaOptions,
    private readonly consumption: Consumption,
    private readonly log: Log,
  ) {}

  /**
   * Looks at these topics, or at all of the module: those of the option `topics`, and once the consumer has started those that it consumes and the
   * dead letter topics of its handlers. The option `audit` does not count here. Rejects when no broker answers.
   */
  async audit(topics?: readonly string[]): Promise<TopicAuditReport> {
    const { client, durability, topics: options = {} } = this.options;
    const consumed = this.consumption.runtime?.audited;
    const names = [...new Set(topics ?? [...Object.keys(options), ...(consumed?.topics ?? [])])].toSorted();
    const rules = { ...durability, remembering: consumed?.remembering ?? (() => []) };
    const findings = await withAdmin({ client, log: this.log }, (admin) => auditTopics(admin, names, rules));
    return { topics: names, findings };
  }
}
