import type { Backend, Backoff, EmitEvent, Probe, RecordSource } from '../contracts/index.js';
import type { PartitionSession } from './partition-session.js';
import { after } from './waiting.js';

export interface OutagesSetup {
  /** How to find out whether a backend is down; one without a probe never is. */
  readonly probes: readonly Probe[];
  readonly source: Pick<RecordSource, 'pause' | 'resume'>;
  /** Between one probe and the next. */
  readonly backoff: Backoff;
  readonly emit: EmitEvent;
}

/**
 * What handlers need and is down. A failure that looks like it is believed only when a probe on a fresh connection fails, too: what one record does to
 * its connection must not stop a partition for ever. While it lasts, nothing starts in the partitions that met it.
 */
export class Outages {
  private readonly open = new Map<string, Outage>();
  private readonly asking = new Map<Backend, Promise<Outage | undefined>>();

  constructor(private readonly setup: OutagesSetup) {}

  /** Whether the backend, or any one when nobody can tell which, is down, as a probe says. Then the partition stops until it is back. */
  async isDown(backend: Backend | undefined, session: PartitionSession): Promise<boolean> {
    const asked = backend === undefined ? new Set(this.setup.probes.map((probe) => probe.backend)) : [backend];
    const found = await Promise.all([...asked].map((one) => this.open.get(one) ?? this.ask(one)));
    const outages = found.filter((one) => one !== undefined);
    for (const outage of outages) this.stop(outage, session);
    return outages.length > 0;
  }

  /** `again` has failed, and the partition stops until it succeeds; it is tried for one of those who wait for the same. */
  begin(what: string, error: unknown, session: PartitionSession, again: () => Promise<void>): Promise<void> {
    const outage = this.open.get(what) ?? this.enter(what, error, again);
    this.stop(outage, session);
    return outage.over;
  }

  /** The source forgets pauses with each assignment. */
  reapply(): void {
    for (const { sessions } of this.open.values())
      for (const session of sessions) this.setup.source.pause(session, 'infrastructure');
  }

  close(): void {
    for (const outage of this.open.values()) outage.cancel?.();
    this.open.clear();
  }

  private ask(backend: Backend): Promise<Outage | undefined> {
    let answer = this.asking.get(backend);
    if (!answer) {
      answer = this.probe(backend).finally(() => this.asking.delete(backend));
      this.asking.set(backend, answer);
    }
    return answer;
  }

  private async probe(backend: Backend): Promise<Outage | undefined> {
    const probes = this.setup.probes.filter((one) => one.backend === backend);
    const again = async () => void (await Promise.all(probes.map((one) => one.probe())));
    try {
      await again();
      return undefined;
    } catch (error) {
      return this.open.get(backend) ?? this.enter(backend, error, again);
    }
  }

  private enter(what: string, error: unknown, again: () => Promise<void>): Outage {
    const outage = new Outage(again);
    this.open.set(what, outage);
    this.setup.emit({ type: 'outage-began', what, error });
    this.waitAndTry(what, outage, 1);
    return outage;
  }

  private waitAndTry(what: string, outage: Outage, tries: number): void {
    outage.cancel = after(this.setup.backoff(tries), () => {
      outage.again().then(
        () => this.end(what, outage),
        () => this.open.get(what) === outage && this.waitAndTry(what, outage, tries + 1),
      );
    });
  }

  private end(what: string, outage: Outage): void {
    if (this.open.get(what) !== outage) return;
    this.open.delete(what);
    this.setup.emit({ type: 'outage-ended', what, ms: Math.round(performance.now() - outage.since) });
    for (const session of outage.sessions) this.goOn(session);
    outage.end();
  }

  private stop({ sessions }: Outage, session: PartitionSession): void {
    if (sessions.has(session)) return;
    sessions.add(session);
    session.close('infrastructure');
    this.setup.source.pause(session, 'infrastructure');
  }

  private goOn(session: PartitionSession): void {
    if ([...this.open.values()].some(({ sessions }) => sessions.has(session))) return;
    this.setup.source.resume(session, 'infrastructure');
    session.open('infrastructure');
  }
}

class Outage {
  readonly since = performance.now();
  readonly sessions = new Set<PartitionSession>();
  readonly over: Promise<void>;
  cancel: (() => void) | undefined;
  end!: () => void;

  constructor(readonly again: () => Promise<void>) {
    this.over = new Promise((resolve) => (this.end = resolve));
  }
}
