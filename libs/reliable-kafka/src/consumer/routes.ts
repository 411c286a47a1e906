import type { CommitPolicy, HandlerBinding } from '../contracts/index.js';
import { DEFAULT_COMMIT_POLICY, NOTHING, PARTITION, TOPIC } from '../contracts/index.js';
import { compileKey, type KeyOf } from '../ordering/index.js';

/** A handler on one concrete topic, its key selector compiled. */
export interface Route {
  readonly binding: HandlerBinding;
  /** Its place among the handlers of the topic: its bit in outcome masks. */
  readonly index: number;
  readonly key: KeyOf;
  /** Whether order follows a key at all: then the record key should carry it. */
  readonly keyed: boolean;
  /** Records whose own key is another one. */
  mismatches: number;
}

export interface TopicRoutes {
  readonly routes: readonly Route[];
  readonly commit: CommitPolicy;
}

/** Which handlers take the records of a concrete topic: the exact ones if there are any, else those of the first RegExp that matches. */
export class Router {
  private readonly topics = new Map<string, TopicRoutes>();

  constructor(private readonly bindings: readonly HandlerBinding[]) {}

  of(topic: string): TopicRoutes {
    let routes = this.topics.get(topic);
    if (!routes) this.topics.set(topic, (routes = this.resolve(topic)));
    return routes;
  }

  /** The handlers of the topic whose guards forget, and after how many milliseconds. */
  remembering(topic: string): { readonly label: string; readonly retention: number }[] {
    return this.bindingsOf(topic).flatMap(({ label, retention }) =>
      retention === undefined ? [] : [{ label, retention }],
    );
  }

  /** The dead letter topics of all handlers. */
  get deadLetterTopics(): readonly string[] {
    return [...new Set(this.bindings.flatMap(({ deadLetter }) => (deadLetter ? [deadLetter.topic] : [])))];
  }

  /** Those in which the records of the topic can end. */
  deadLettersOf(topic: string): readonly string[] {
    return [...new Set(this.bindingsOf(topic).flatMap(({ deadLetter }) => (deadLetter ? [deadLetter.topic] : [])))];
  }

  private resolve(topic: string): TopicRoutes {
    const bindings = this.bindingsOf(topic);
    return {
      routes: bindings.map((binding, index) => ({
        binding,
        index,
        key: compileKey(binding.orderedBy),
        keyed: binding.orderedBy !== NOTHING && binding.orderedBy !== PARTITION && binding.orderedBy !== TOPIC,
        mismatches: 0,
      })),
      commit: bindings[0]?.commit ?? DEFAULT_COMMIT_POLICY,
    };
  }

  private bindingsOf(topic: string): readonly HandlerBinding[] {
    const exact = this.bindings.filter((binding) => binding.topic === topic);
    if (exact.length > 0) return exact;
    const first = this.bindings.find((binding) => matches(binding.topic, topic))?.topic;
    return this.bindings.filter(
      (binding) => String(binding.topic) === String(first) && typeof binding.topic !== 'string',
    );
  }
}

/** A sticky or global RegExp keeps its place between tests; a topic matches or does not. */
function matches(pattern: string | RegExp, topic: string): boolean {
  if (typeof pattern === 'string') return pattern === topic;
  pattern.lastIndex = 0;
  return pattern.test(topic);
}
