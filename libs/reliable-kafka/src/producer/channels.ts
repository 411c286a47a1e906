import { murmur2 } from './murmur2.js';

/** Partitions of one channel travel together, one request at a time: a share of what one broker leads. */
export type Channel = number;

/**
 * The channel of each partition of a topic. The partitions of a leader are dealt out to its shards in turn, beginning somewhere by the topic's name, so
 * that topics with few partitions do not meet in one.
 */
export function channelsOf(topic: string, leaders: readonly number[], shards: number): Channel[] {
  const dealt = new Map<number, number>();
  const first = murmur2(Buffer.from(topic)) >>> 0;
  return leaders.map((leader) => {
    const turn = dealt.get(leader) ?? first;
    dealt.set(leader, turn + 1);
    return leader * shards + (turn % shards);
  });
}
