/** What a history shows. All counts are of ids, but `overlapped` (pairs of runs) and `effects` (calls). */
export interface HistoryReport {
  readonly sent: number;
  /** Sent, but never ended well. */
  readonly lost: number;
  /** Ended well more than once. */
  readonly duplicated: number;
  /** First ended well after a later id of the same key had. */
  readonly reordered: number;
  /** Runs that started while another run of the same key was open. */
  readonly overlapped: number;
  readonly effects: number;
  /** No key was sent twice: such a history cannot show an order, so a test that relies on it must fail. */
  readonly vacuous: boolean;
  /** One line for each finding, at most twenty: the key, what is wrong, and the key's history as far as it matters. */
  readonly counterexamples: readonly string[];
}

interface Run {
  readonly id: string;
  readonly worker: string;
}

interface KeyHistory {
  readonly sent: string[];
  readonly open: Run[];
  /** Ids in the order of their first good end. */
  readonly done: string[];
  readonly overlaps: string[];
}

const MOST_COUNTEREXAMPLES = 20;

/**
 * Checks per key what a consumer did with what was sent: nothing lost, nothing twice, in order, never two runs at a time.
 * Tell it everything in the order in which it happened; an id is sent once.
 * It judges only what it was told: it does not see effects that were not reported.
 */
export class HistoryChecker {
  private readonly keys = new Map<string, KeyHistory>();
  private readonly goodEnds = new Map<string, number>();
  private effectCalls = 0;

  sent(key: string, id: string): void {
    this.history(key).sent.push(id);
  }

  started(key: string, id: string, worker: string): void {
    const history = this.history(key);
    for (const run of history.open) {
      history.overlaps.push(`${id} started on ${worker} while ${run.id} was running on ${run.worker}`);
    }
    history.open.push({ id, worker });
  }

  ended(key: string, id: string, worker: string, ok = true): void {
    const history = this.history(key);
    const run = history.open.findIndex((open) => open.id === id && open.worker === worker);
    if (run < 0) throw new Error(`${id} of key ${key} ended on ${worker}, where it had not started`);
    history.open.splice(run, 1);
    if (!ok) return;
    const ends = this.goodEnds.get(id) ?? 0;
    this.goodEnds.set(id, ends + 1);
    if (ends === 0) history.done.push(id);
  }

  /** The worker's process is gone: its open runs ended there without an outcome. */
  died(worker: string): void {
    for (const history of this.keys.values()) {
      for (let i = history.open.length - 1; i >= 0; i--)
        if (history.open[i]!.worker === worker) history.open.splice(i, 1);
    }
  }

  /** Something that the world can see happened for this id. */
  effect(_id: string): void {
    this.effectCalls++;
  }

  check(): HistoryReport {
    const counterexamples: string[] = [];
    const tell = (key: string, finding: string) => {
      if (counterexamples.length < MOST_COUNTEREXAMPLES) counterexamples.push(`key ${key}: ${finding}`);
    };
    let [sent, lost, duplicated, reordered, overlapped] = [0, 0, 0, 0, 0];
    let repeats = false;
    for (const [key, history] of this.keys) {
      sent += history.sent.length;
      repeats ||= history.sent.length > 1;
      for (const id of history.sent) {
        const ends = this.goodEnds.get(id) ?? 0;
        if (ends === 0) {
          lost++;
          tell(key, `${id} was sent and never ended well`);
        } else if (ends > 1) {
          duplicated++;
          tell(key, `${id} ended well ${ends} times`);
        }
      }
      for (const [earlier, later] of inversions(history)) {
        reordered++;
        tell(key, `sent ${earlier}, ${later}; ended ${later}, ${earlier}`);
      }
      overlapped += history.overlaps.length;
      for (const overlap of history.overlaps) tell(key, overlap);
    }
    return {
      sent,
      lost,
      duplicated,
      reordered,
      overlapped,
      effects: this.effectCalls,
      vacuous: !repeats,
      counterexamples,
    };
  }

  private history(key: string): KeyHistory {
    let history = this.keys.get(key);
    if (!history) this.keys.set(key, (history = { sent: [], open: [], done: [], overlaps: [] }));
    return history;
  }
}

/** Each id that ended after one that was sent later, beside the latest-sent one that overtook it. */
function* inversions(history: KeyHistory): Generator<[earlier: string, later: string]> {
  const place = new Map(history.sent.map((id, index) => [id, index]));
  let furthest = -1;
  for (const id of history.done) {
    const index = place.get(id);
    if (index === undefined) continue;
    if (index < furthest) yield [id, history.sent[furthest]!];
    else furthest = index;
  }
}
