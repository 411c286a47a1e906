/** kafkajs and the protocol want partitions grouped by topic. */
export function byTopic<T extends { readonly topic: string }>(items: Iterable<T>): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.topic);
    if (group) group.push(item);
    else groups.set(item.topic, [item]);
  }
  return [...groups];
}
