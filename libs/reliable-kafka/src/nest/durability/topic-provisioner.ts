import type { Log } from '../../contracts/index.js';
import { ProvisioningError, wantedTopics } from '../../durability/index.js';
import type { ProvisioningReport } from '../../durability/index.js';
import { provision, withAdmin } from '../../kafka/index.js';
import type { ReliableKafkaOptions } from '../options.js';

export interface ProvisioningOptions {
  /** Change settings of existing topics that differ from `config` in the option `topics`. Default false: they are told and left alone. */
  readonly alter?: boolean;
}

/**
 * Creates the topics of the option `topics` that have `partitions` and do not exist. The same happens when consuming starts, and before a topic is
 * first sent to; this is for a deployment that wants to do it beforehand, or elsewhere.
 */
export class TopicProvisioner {
  /** @internal */
  constructor(
    private readonly options: ReliableKafkaOptions,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when all topics exist, save those in `skipped`, and all partitions of those that were created have leaders; with what was done and what
   * differs. May be called as often as you like, by several processes at once. Partitions and replicas of a topic that exists are never changed; a setting that somebody else
   * changes at the very moment at which `alter` changes another one of the same topic can be undone.
   *
   * Rejects with `ProvisioningError` when the brokers refuse something, after all the rest was done, and when no broker answers.
   */
  async apply({ alter = false }: ProvisioningOptions = {}): Promise<ProvisioningReport> {
    const { client, topics = {} } = this.options;
    const wanted = wantedTopics(topics);
    const { refused, ...report } = await withAdmin({ client, log: this.log }, (admin) =>
      provision(admin, wanted, alter),
    );
    if (refused.length > 0) throw new ProvisioningError(refused, report);
    return report;
  }
}
