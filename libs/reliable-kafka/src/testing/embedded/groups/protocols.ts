import type { Member } from './member.js';

/** The assignment strategies that every member knows. */
export function commonProtocols(members: Iterable<Member>): Set<string> {
  const [first = [], ...others] = [...members].map((member) => member.protocols.map(({ name }) => name));
  return new Set(first.filter((name) => others.every((names) => names.includes(name))));
}

/** Each member votes for the first of its strategies that all know; most votes win. */
export function electProtocol(members: readonly Member[]): string {
  const common = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find(({ name }) => common.has(name))!.name;
    votes.set(choice, (votes.get(choice) ?? 0) + 1);
  }
  const [[winner] = ['']] = [...votes].toSorted(([, a], [, b]) => b - a);
  return winner;
}
