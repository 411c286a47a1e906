/** Who sends, and how: what is compared in one run. */
export interface ProducerCase {
  readonly name: string;
  readonly sender: 'kafkajs' | 'send' | 'enqueue';
  /** Records of one call. */
  readonly perCall: number;
  /** Calls at a time; what `enqueue` accepts does not count. */
  readonly inFlight: number;
  readonly shards?: number;
  /** With a `message-id` header, as ours have. */
  readonly ids?: boolean;
  /** Share of all records: what is slow needs fewer. */
  readonly share: number;
}

export const cases: readonly ProducerCase[] = [
  { name: 'kafkajs, 1 record a send, 1,000 in flight', sender: 'kafkajs', perCall: 1, inFlight: 1_000, share: 0.1 },
  { name: '`send`, 1 record, 1,000 in flight', sender: 'send', perCall: 1, inFlight: 1_000, share: 0.5 },
  { name: 'kafkajs, 1,000 records a send', sender: 'kafkajs', perCall: 1_000, inFlight: 1, share: 1 },
  { name: 'the same, with ids', sender: 'kafkajs', perCall: 1_000, inFlight: 1, ids: true, share: 1 },
  { name: 'the same, 4 in flight', sender: 'kafkajs', perCall: 1_000, inFlight: 4, ids: true, share: 1 },
  { name: '`send`, 1,000 records', sender: 'send', perCall: 1_000, inFlight: 1, share: 1 },
  { name: '`enqueue`, 1 shard', sender: 'enqueue', perCall: 1, inFlight: 1, shards: 1, share: 1 },
  { name: '`enqueue`, 2 shards', sender: 'enqueue', perCall: 1, inFlight: 1, shards: 2, share: 1 },
  { name: '`enqueue`, 4 shards', sender: 'enqueue', perCall: 1, inFlight: 1, shards: 4, share: 1 },
];
