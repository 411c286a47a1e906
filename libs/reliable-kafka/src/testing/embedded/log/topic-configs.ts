/** The topic settings of Apache Kafka 4 and their defaults. */
const defaults: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.type': 'producer',
  'compression.zstd.level': '3',
  'delete.retention.ms': '86400000',
  'file.delete.delay.ms': '60000',
  'flush.messages': '9223372036854775807',
  'flush.ms': '9223372036854775807',
  'follower.replication.throttled.replicas': '',
  'index.interval.bytes': '4096',
  'leader.replication.throttled.replicas': '',
  'local.retention.bytes': '-2',
  'local.retention.ms': '-2',
  'max.compaction.lag.ms': '9223372036854775807',
  'max.message.bytes': '1048588',
  'message.timestamp.after.max.ms': '3600000',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  preallocate: 'false',
  'remote.log.copy.disable': 'false',
  'remote.log.delete.on.disable': 'false',
  'remote.storage.enable': 'false',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
  'segment.bytes': '1073741824',
  'segment.index.bytes': '10485760',
  'segment.jitter.ms': '0',
  'segment.ms': '604800000',
  'unclean.leader.election.enable': 'false',
};

const choices: Readonly<Record<string, readonly string[]>> = {
  'cleanup.policy': ['delete', 'compact'],
  'compression.type': ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
};
const lists = new Set([
  'cleanup.policy',
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
]);

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
}

/**
 * The settings of one topic. All can be set and read back; `max.message.bytes` and `message.timestamp.type` are obeyed,
 * the others (retention and compaction above all) have no effect in memory.
 */
export class TopicConfigs {
  private changed: ReadonlyMap<string, string> = new Map();

  get(name: string): string {
    return this.changed.get(name) ?? defaults[name]!;
  }

  list(): ConfigEntry[] {
    return Object.keys(defaults).map((name) => ({ name, value: this.get(name), isDefault: !this.changed.has(name) }));
  }

  /** Replaces all of them: what is not named returns to its default. */
  replace(configs: Iterable<readonly [string, string]>): void {
    this.changed = new Map(configs);
  }

  /** What was set apart from the defaults. */
  overrides(): Map<string, string> {
    return new Map(this.changed);
  }

  static isList(name: string): boolean {
    return lists.has(name);
  }

  /** Why a setting cannot be had. */
  static objection(name: string, value: string | null): string | undefined {
    const normal = defaults[name];
    if (normal === undefined) return `Unknown topic config name: ${name}`;
    if (value === null) return `Null value not supported for topic configs: ${name}`;
    const wrong = `Invalid value ${value} for configuration ${name}`;
    const allowed = choices[name];
    if (allowed) return value.split(',').every((one) => allowed.includes(one)) ? undefined : wrong;
    if (/^-?\d+$/.test(normal)) return /^-?\d+$/.test(value) ? undefined : wrong;
    if (/^(true|false)$/.test(normal)) return /^(true|false)$/i.test(value) ? undefined : wrong;
    return undefined;
  }
}
