import type { ConsumedRecord, DeadLetterState, DeadLetterStatus } from '../../contracts/index.js';
import type { LogReading } from './log-reading.js';

/** What is told of the state before a claim: enough to recognize it. */
type Seen = Pick<DeadLetterState, 'status' | 'at' | 'replayId'>;

/** A change in a compacted log: the letter's id is the key. A claim says after which state it was made. */
interface Change extends DeadLetterState {
  readonly after?: Seen | null;
}

const STATUSES: readonly DeadLetterStatus[] = ['open', 'replaying', 'replayed', 'discarded'];

/** Where the states of a dead letter topic's letters stand, unless they are kept elsewhere. */
export function stateTopicOf(deadLetterTopic: string): string {
  return `${deadLetterTopic}.state`;
}

export function stateChange(id: string, state: DeadLetterState): Pick<ConsumedRecord, 'key' | 'value'> {
  return { key: Buffer.from(id), value: Buffer.from(JSON.stringify(state)) };
}

export function stateClaim(id: string, claim: DeadLetterState, seen: DeadLetterState | undefined) {
  const after: Change['after'] = seen ? { status: seen.status, at: seen.at, replayId: seen.replayId } : null;
  return stateChange(id, { ...claim, after } as Change);
}

/** The states of a dead letter topic's letters, as a compacted topic tells them. In memory there is an entry for each letter that was ever changed. */
export class StateView {
  private states = new Map<string, DeadLetterState>();
  private positions = new Map<number, bigint>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly topic: string) {}

  get(id: string): DeadLetterState | undefined {
    return this.states.get(id);
  }

  /** Reads on, to where the log ends now. */
  refresh(log: LogReading): Promise<void> {
    const read = this.last.then(() => this.readOn(log));
    this.last = read.catch(() => undefined);
    return read;
  }

  private async readOn(log: LogReading): Promise<void> {
    const bounds = await log.bounds(this.topic);
    const position = (partition: number) => this.positions.get(partition) ?? 0n;
    const isAnother =
      bounds.length < this.positions.size || bounds.some(({ partition, end }) => position(partition) > end);
    if (isAnother) [this.states, this.positions] = [new Map(), new Map()];
    for (const { partition, start, end } of bounds) {
      let next = position(partition) > start ? position(partition) : start;
      while (next < end) {
        const portion = await log.portion(this.topic, partition, next);
        for (const record of portion.records) this.apply(record);
        this.positions.set(partition, (next = portion.next));
      }
    }
  }

  /**
   * A claim counts where the state is the one after which it was made: of two who claim at once, the first in the log. Where nothing is before it,
   * compaction has taken that away, and it counts, too.
   */
  private apply({ key, value }: ConsumedRecord): void {
    if (!key) return;
    const id = key.toString();
    const change = value && parsed(value);
    if (!change) return void this.states.delete(id);
    const { after, ...state } = change;
    const current = this.states.get(id);
    if (after !== undefined && current && !isSame(current, after)) return;
    this.states.set(id, state);
  }
}

function isSame(current: DeadLetterState, seen: Seen | null): boolean {
  return (
    seen !== null && current.status === seen.status && current.at === seen.at && current.replayId === seen.replayId
  );
}

/** What others have written there says nothing. */
function parsed(value: Buffer): Change | undefined {
  try {
    const change = JSON.parse(value.toString()) as Change;
    return STATUSES.includes(change.status) ? change : undefined;
  } catch {
    return undefined;
  }
}
