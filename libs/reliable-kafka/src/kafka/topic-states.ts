import type { ConfigurationProblem, DeadLetterState, DeadLetterStates } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { replicationOf } from '../durability/index.js';
import type { ProducerCore } from '../producer/index.js';
import { stateChange, stateClaim, stateTopicOf, StateView } from '../retry/index.js';
import type { Asks } from './admin-link.js';
import type { LogReader } from './log-reader.js';
import { createTopics } from './topic-creation.js';
import { partitionsOf } from './topic-facts.js';

/** Connections for one piece of reading. */
export type ReadLog = <T>(work: (reader: LogReader) => Promise<T>) => Promise<T>;

/** All of them in one: there are few changes, and their order counts. */
const PARTITION = 0;

/** States in a compacted topic beside each dead letter topic, which is created with the first of them. */
export class TopicStates implements DeadLetterStates {
  private readonly views = new Map<string, StateView>();
  private readonly existing = new Set<string>();

  constructor(
    private readonly core: Pick<ProducerCore, 'send'>,
    private readonly read: ReadLog,
  ) {}

  async of(deadLetterTopic: string, ids: readonly string[]): Promise<ReadonlyMap<string, DeadLetterState>> {
    const view = this.viewOf(deadLetterTopic);
    await this.read((reader) => view.refresh(reader));
    return new Map(ids.map((id) => [id, view.get(id)] as const).filter(isEntered));
  }

  async claim(
    deadLetterTopic: string,
    seen: ReadonlyMap<string, DeadLetterState | undefined>,
    claim: DeadLetterState,
  ): Promise<ReadonlySet<string>> {
    const changes = [...seen].map(([id, state]) => stateClaim(id, claim, state));
    await this.send(deadLetterTopic, changes);
    const entered = await this.of(deadLetterTopic, [...seen.keys()]);
    return new Set([...seen.keys()].filter((id) => entered.get(id)?.replayId === claim.replayId));
  }

  async set(deadLetterTopic: string, ids: readonly string[], state: DeadLetterState): Promise<void> {
    const changes = ids.map((id) => stateChange(id, state));
    await this.send(deadLetterTopic, changes);
  }

  private async send(deadLetterTopic: string, changes: readonly ReturnType<typeof stateChange>[]): Promise<void> {
    const topic = stateTopicOf(deadLetterTopic);
    if (changes.length === 0) return;
    await this.ensure(topic, deadLetterTopic);
    const timestamp = String(Date.now());
    await this.core.send(topic, () =>
      changes.map(({ key, value }) => ({ key, value, headers: {}, timestamp, partition: PARTITION })),
    );
  }

  private async ensure(topic: string, deadLetterTopic: string): Promise<void> {
    if (this.existing.has(topic)) return;
    const refused = await this.read(({ admin }) => create(admin, topic, deadLetterTopic));
    if (refused.length > 0) throw new ConfigurationError(refused);
    this.existing.add(topic);
  }

  private viewOf(deadLetterTopic: string): StateView {
    let view = this.views.get(deadLetterTopic);
    if (!view) this.views.set(deadLetterTopic, (view = new StateView(stateTopicOf(deadLetterTopic))));
    return view;
  }
}

function isEntered(entry: readonly [string, DeadLetterState | undefined]): entry is readonly [string, DeadLetterState] {
  return entry[1] !== undefined;
}

/** As many replicas as the letters have. */
async function create(admin: Asks, topic: string, beside: string): Promise<readonly ConfigurationProblem[]> {
  const layouts = await partitionsOf(admin, [topic, beside]);
  if (layouts.get(topic)!.silence?.reason !== 'missing') return [];
  const replication = replicationOf({ partitions: layouts.get(beside)!.value });
  const wanted = { topic, partitions: 1, replication, settings: { 'cleanup.policy': 'compact' } };
  return (await createTopics(admin, [wanted])).refused;
}
