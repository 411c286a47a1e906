import type { ConfigurationProblem } from '../../contracts/index.js';

export interface Deaths {
  /** Class and method. */
  readonly label: string;
  readonly topic: string | RegExp;
  /** The dead letter topic, where there is one. */
  readonly deadLetterTopic: string | undefined;
}

/** Handlers whose dead letters come back to them, directly or by way of others: a record that nobody can handle would go round for ever. */
export function loopProblems(handlers: readonly Deaths[]): ConfigurationProblem[] {
  return handlers.flatMap(({ label, topic, deadLetterTopic }) => {
    const way = typeof topic === 'string' && deadLetterTopic && wayBack(topic, [deadLetterTopic], handlers);
    if (!way) return [];
    return [
      {
        where: `${label} @DeadLetter`,
        what: `its dead letters come back to it: ${[topic, ...way].join(' -> ')}`,
        remedy: 'Give it a dead letter topic from which no way leads back.',
      },
    ];
  });
}

/** RegExps match no dead letter topic of their own application, so that only topics with names lead on. */
function wayBack(to: string, way: readonly string[], handlers: readonly Deaths[]): readonly string[] | undefined {
  const here = way.at(-1)!;
  if (here === to) return way;
  for (const { topic, deadLetterTopic: next } of handlers) {
    if (topic !== here || !next || way.includes(next)) continue;
    const found = wayBack(to, [...way, next], handlers);
    if (found) return found;
  }
  return undefined;
}
