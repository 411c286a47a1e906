import type { Accepted } from './feed.js';

export interface Verdict {
  /** Accepted SMS that the operator has. */
  readonly dispatched: number;
  /** Accepted SMS that the operator does not have. */
  readonly lost: number;
  /** Times that the operator took an SMS for a new one although it had it. */
  readonly twice: number;
  /** SMS that came after a later one of the same user. */
  readonly outOfOrder: number;
}

/**
 * Compares what the gateway accepted with what the operator has.
 * @param accepted in the order of the gateway's answers
 * @param arrivals ids in the order in which the operator accepted them; unknown ones belong to others
 */
export function judge(accepted: readonly Accepted[], arrivals: readonly string[]): Verdict {
  const places = new Map(accepted.map(({ smsId, userId }, place) => [smsId, { place, userId }]));
  const arrived = new Set<string>();
  const latest = new Map<string, number>();
  let twice = 0;
  let outOfOrder = 0;
  for (const smsId of arrivals) {
    const known = places.get(smsId);
    if (!known) continue;
    if (arrived.has(smsId)) {
      twice++;
      continue;
    }
    arrived.add(smsId);
    const before = latest.get(known.userId) ?? -1;
    if (known.place < before) outOfOrder++;
    else latest.set(known.userId, known.place);
  }
  return { dispatched: arrived.size, lost: accepted.length - arrived.size, twice, outOfOrder };
}
