/** Kafka's numbers for the types of settings. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;
type ConfigType = keyof typeof configTypes;

/** The topic settings of Apache Kafka 4, their types and defaults. */
const known: Readonly<Record<string, readonly [ConfigType, string]>> = {
  'cleanup.policy': ['list', 'delete'],
  'compression.gzip.level': ['int', '-1'],
  'compression.lz4.level': ['int', '9'],
  'compression.type': ['string', 'producer'],
  'compression.zstd.level': ['int', '3'],
  'delete.retention.ms': ['long', '86400000'],
  'file.delete.delay.ms': ['long', '60000'],
  'flush.messages': ['long', '9223372036854775807'],
  'flush.ms': ['long', '9223372036854775807'],
  'follower.replication.throttled.replicas': ['list', ''],
  'index.interval.bytes': ['int', '4096'],
  'leader.replication.throttled.replicas': ['list', ''],
  'local.retention.bytes': ['long', '-2'],
  'local.retention.ms': ['long', '-2'],
  'max.compaction.lag.ms': ['long', '9223372036854775807'],
  'max.message.bytes': ['int', '1048588'],
  'message.timestamp.after.max.ms': ['long', '3600000'],
  'message.timestamp.before.max.ms': ['long', '9223372036854775807'],
  'message.timestamp.type': ['string', 'CreateTime'],
  'min.cleanable.dirty.ratio': ['double', '0.5'],
  'min.compaction.lag.ms': ['long', '0'],
  'min.insync.replicas': ['int', '1'],
  preallocate: ['boolean', 'false'],
  'remote.log.copy.disable': ['boolean', 'false'],
  'remote.log.delete.on.disable': ['boolean', 'false'],
  'remote.storage.enable': ['boolean', 'false'],
  'retention.bytes': ['long', '-1'],
  'retention.ms': ['long', '604800000'],
  'segment.bytes': ['int', '1073741824'],
  'segment.index.bytes': ['int', '10485760'],
  'segment.jitter.ms': ['long', '0'],
  'segment.ms': ['long', '604800000'],
  'unclean.leader.election.enable': ['boolean', 'false'],
};

const choices: Readonly<Record<string, readonly string[]>> = {
  'cleanup.policy': ['delete', 'compact'],
  'compression.type': ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
};

const shapes: Readonly<Record<ConfigType, RegExp>> = {
  boolean: /^(true|false)$/i,
  string: /^/,
  int: /^-?\d+$/,
  long: /^-?\d+$/,
  double: /^-?\d+(\.\d+)?$/,
  list: /^/,
};

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
  readonly isDefault: boolean;
  readonly type: number;
}

/**
 * The settings of one topic. All can be set and read back; `max.message.bytes` and `message.timestamp.*` are obeyed, the
 * others (retention and compaction above all) have no effect in memory.
 */
export class TopicConfigs {
  private changed: ReadonlyMap<string, string> = new Map();

  get(name: string): string {
    return this.changed.get(name) ?? known[name]![1];
  }

  number(name: string): number {
    return Number(this.get(name));
  }

  list(): ConfigEntry[] {
    return Object.entries(known).map(([name, [type]]) => ({
      name,
      value: this.get(name),
      isDefault: !this.changed.has(name),
      type: configTypes[type],
    }));
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
    return known[name]?.[0] === 'list';
  }

  /** Why a setting cannot be had. */
  static objection(name: string, value: string | null): string | undefined {
    const setting = known[name];
    if (!setting) return `Unknown topic config name: ${name}`;
    if (value === null) return `Null value not supported for topic configs: ${name}`;
    const possible = value.split(',').every((one) => choices[name]?.includes(one) ?? true);
    return possible && shapes[setting[0]].test(value) ? undefined : `Invalid value ${value} for configuration ${name}`;
  }
}
