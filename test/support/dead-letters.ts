import type {
  ConsumedRecord,
  DeadLetterPolicy,
  DeadLetterState,
  DeadLetterStates,
  DeadRecord,
} from '../../libs/reliable-kafka/src/contracts/index.js';
import { writeLetter } from '../../libs/reliable-kafka/src/retry/dead-letters/letter.js';
import type { LogReading, Portion } from '../../libs/reliable-kafka/src/retry/dead-letters/log-reading.js';

export const POLICY: DeadLetterPolicy = { topic: 'orders-dlt' };

export function record(offset: number, more: Partial<ConsumedRecord> = {}): ConsumedRecord {
  return {
    topic: 'orders',
    partition: 0,
    offset: BigInt(offset),
    key: Buffer.from('k'),
    value: Buffer.from(`v${offset}`),
    headers: {},
    timestamp: '1000',
    ...more,
  };
}

export function dead(of: ConsumedRecord, more: Partial<DeadRecord> = {}): DeadRecord {
  return {
    record: of,
    binding: { name: '', label: 'Orders.handle' },
    reason: 'attempts',
    error: new Error('no'),
    attempts: 10,
    orderingKey: 'k',
    ...more,
  };
}

/** A dead letter topic in memory. */
export class MemoryLog implements LogReading {
  private readonly partitions: ConsumedRecord[][];
  /** Records of a portion. */
  portionSize = 3;
  /** Portions that were asked for. */
  reads = 0;

  constructor(
    partitions = 1,
    private readonly group = 'group',
  ) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  /** Buries a record, at a time. */
  bury(one: DeadRecord, at = 5_000, { partition = 0, policy = POLICY } = {}): void {
    const { headers, key, value } = writeLetter(one, policy, this.group, at);
    this.append({ key, value, headers, timestamp: String(at) }, partition);
  }

  append(one: Pick<ConsumedRecord, 'key' | 'value' | 'headers' | 'timestamp'>, partition = 0): void {
    const log = this.partitions[partition]!;
    log.push({ topic: POLICY.topic, partition, offset: BigInt(log.length), ...one });
  }

  async bounds(topic: string) {
    if (topic !== POLICY.topic) return [];
    return this.partitions.map((log, partition) => ({ partition, start: 0n, end: BigInt(log.length) }));
  }

  async offsetsAt(_topic: string, timestamp: number) {
    return new Map(
      this.partitions.map((log, partition) => [
        partition,
        BigInt(log.filter((one) => Number(one.timestamp) < timestamp).length),
      ]),
    );
  }

  async portion(_topic: string, partition: number, offset: bigint): Promise<Portion> {
    this.reads++;
    const from = Number(offset);
    const records = this.partitions[partition]!.slice(from, from + this.portionSize);
    return { records, next: offset + BigInt(Math.max(1, records.length)) };
  }
}

/** States in memory. */
export class MemoryStates implements DeadLetterStates {
  readonly states = new Map<string, DeadLetterState>();

  async of(_topic: string, ids: readonly string[]) {
    return new Map(ids.flatMap((id) => (this.states.has(id) ? [[id, this.states.get(id)!] as const] : [])));
  }

  async claim(_topic: string, seen: ReadonlyMap<string, DeadLetterState | undefined>, claim: DeadLetterState) {
    const got = [...seen].filter(([id, state]) => this.states.get(id) === state).map(([id]) => id);
    for (const id of got) this.states.set(id, claim);
    return new Set(got);
  }

  async set(_topic: string, ids: readonly string[], state: DeadLetterState) {
    for (const id of ids) this.states.set(id, state);
  }
}
