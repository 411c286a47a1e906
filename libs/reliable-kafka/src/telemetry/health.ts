import type { HealthReason, HealthReport, ReliableKafkaEvent } from '../contracts/index.js';
import type { ConsumerCondition } from './condition.js';
import { counted, type Finding, idOf, reasonOf } from './finding.js';
import { handlerFindings } from './handler-findings.js';
import { membershipFinding } from './membership-findings.js';
import { Memory } from './memory.js';
import { partitionFindings } from './partition-findings.js';

const MOST = 20;
/** A commit that fails now and then is sent again, and harms nobody. */
const COMMITS_MAY_FAIL = 10_000;
/** From here on what is done might as well not be: a crash would undo it all. */
const COMMITS_MUST_COME = 60_000;

/**
 * Judges a consumer, and the producer beside it: by what can be seen at the moment of the look, and by what events have told where nothing can be seen. No
 * reason is kept: what is not found any more at the next look is gone.
 */
export class Health {
  private readonly memory = new Memory();
  /** What was found at the last look, and when it began. */
  private lasting: ReadonlyMap<string, number> = new Map();

  constructor(
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
    /** How many milliseconds a start or a rebalance may take. */
    private readonly patience: number,
  ) {}

  note(event: ReliableKafkaEvent): void {
    this.memory.note(event, this.now());
  }

  look(condition: ConsumerCondition): HealthReport {
    const now = this.now();
    const lasting = new Map<string, number>();
    const reasons: HealthReason[] = [];
    for (const finding of this.findings(condition, now)) {
      const id = idOf(finding);
      const since = finding.since ?? this.lasting.get(id) ?? now;
      lasting.set(id, since);
      if (now - since >= (finding.after ?? 0)) reasons.push(reasonOf(finding, since, now - since));
    }
    this.lasting = lasting;
    reasons.sort(redFirst);
    return {
      status: reasons[0]?.status ?? 'green',
      reasons: reasons.slice(0, MOST),
      more: Math.max(0, reasons.length - MOST),
    };
  }

  private findings(condition: ConsumerCondition, now: number): Finding[] {
    const { crash, recent } = this.memory;
    const membership = membershipFinding(condition, crash, this.patience);
    if (condition.state === 'stopped') return [membership!];
    return [
      ...(membership ? [membership] : []),
      ...this.outages(condition),
      ...partitionFindings(condition.partitions),
      ...handlerFindings(condition.handlers),
      ...this.commits(),
      ...recent.findings(now),
    ];
  }

  private outages({ partitions }: ConsumerCondition): Finding[] {
    const waiting = partitions.filter(({ paused }) => paused.includes('infrastructure')).length;
    return [...this.memory.outages].map(([backend, since]) => ({
      code: 'outage',
      status: 'red',
      backend,
      since,
      message: `${backend} is down: ${counted(waiting, 'partition')} of this process ${waiting === 1 ? 'waits' : 'wait'}, and nothing is committed past what it keeps from being done. It is asked again and again, and all goes on by itself when it is back`,
    }));
  }

  private commits(): Finding[] {
    const since = this.memory.commitsFailing;
    if (since === undefined) return [];
    return [
      {
        code: 'commits-failing',
        status: 'yellow',
        since,
        after: COMMITS_MAY_FAIL,
        redAfter: COMMITS_MUST_COME,
        message:
          'No commit is acknowledged, so that much would run again after a crash. Commits are sent again; look whether the brokers can be reached',
      },
    ];
  }
}

function redFirst(one: HealthReason, other: HealthReason): number {
  if (one.status !== other.status) return one.status === 'red' ? -1 : 1;
  return one.since.getTime() - other.since.getTime();
}
