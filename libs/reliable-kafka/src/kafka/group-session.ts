import type { DrainReason, Log, SourceListener, TopicPartition } from '../contracts/index.js';
import { Assignment, type Membership } from './assignment.js';
import { byTopic } from './by-topic.js';
import type { Member } from './commits.js';
import { NONE, REBALANCE_IN_PROGRESS, isFenced } from './error-codes.js';
import type { GateKeeper } from './gate.js';
import { HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, type GroupRequest } from './group-requests.js';
import type { Lease } from './lease.js';
import { untilDone } from './retrying.js';
import type { Start } from './start-positions.js';
import type { Claim } from './sticky-assigner.js';

/** A listener that does not come back from a drain is left behind so many milliseconds after its own bound. */
const GRACE = 2_000;

/** What the session needs of the rest of the room. */
export interface GroupSessionParts {
  /** No JoinGroup or SyncGroup of ours is held or unanswered. */
  settled(): boolean;
  /** Reads and resolves where the partitions start; tried again when it fails. */
  load(membership: Membership, wanted: () => boolean): Promise<readonly Start[]>;
  /** An assignment begins; the listener is told next. */
  opening(starts: readonly Start[]): void;
  /** The listener has been told, and said where fetching begins. */
  begin(starts: readonly (TopicPartition & { readonly position: bigint })[]): void;
  /** kafkajs joined again under the same generation, and has forgotten its positions. */
  restore(): void;
  /** Fetch nothing more. */
  end(): void;
}

/**
 * Our place in the group: from a join, over one assignment, to the moment when its last record is let go. There is an assignment only
 * from a GROUP_JOIN that leaves no join of ours unanswered to the first request that could end it.
 */
export class GroupSession implements GateKeeper {
  private membership: Membership | undefined;
  private opening: Membership | undefined;
  private assignment: Assignment | undefined;
  private assignments = 0;
  private generation = -1;
  private lastPartitions: Membership['partitions'] = [];
  private memberId = '';
  private closed = false;

  constructor(
    private readonly lease: Lease,
    private readonly listener: () => SourceListener,
    private readonly drainTimeout: number,
    private readonly log: Log,
    private readonly parts: GroupSessionParts,
  ) {}

  get current(): Assignment | undefined {
    return this.assignment;
  }

  /** The id under which the group may still count on us, empty when it cannot. */
  get member(): string {
    return this.memberId;
  }

  /** What this process had last, for those who decide what it gets next. */
  get claim(): Claim {
    const owned = byTopic(this.lastPartitions).map(([topic, own]) => [topic, own.map(({ partition }) => partition)]);
    return { generation: this.generation, owned: Object.fromEntries(owned) };
  }

  /** kafkajs has joined, and paused everything. */
  joined(memberId: string, partitions: Membership['partitions']): void {
    this.membership = { memberId, generation: this.generation, partitions };
    this.lastPartitions = partitions;
    if (this.assignment?.membership.generation === this.generation) this.parts.restore();
    else this.open();
  }

  /** kafkajs's run is over: so is the assignment, once it is drained. */
  over(): Promise<void> {
    this.membership = undefined;
    this.opening = undefined;
    return this.letGo('leave');
  }

  /** Drains, and opens nothing again. */
  async close(): Promise<void> {
    this.closed = true;
    this.opening = undefined;
    await this.letGo('shutdown');
  }

  holds({ api, memberId }: GroupRequest): Promise<void> | undefined {
    this.opening = undefined;
    if (api === LEAVE_GROUP) this.membership = undefined;
    else if (memberId) this.memberId = memberId;
    return this.assignment && this.letGo(api === LEAVE_GROUP ? 'leave' : 'rebalance');
  }

  answered({ api, generation, memberId }: GroupRequest, errorCode: number, sentAt: number): void {
    if (api === LEAVE_GROUP && (errorCode === NONE || isFenced(errorCode))) this.memberId = '';
    if (api === SYNC_GROUP && errorCode === NONE) {
      this.generation = generation!;
      this.lease.proven(sentAt);
    }
    if (api === HEARTBEAT && generation === this.membership?.generation) {
      if (errorCode !== NONE) this.refused({ memberId, generation: generation! }, errorCode);
      else {
        this.lease.proven(sentAt);
        // A join that failed on its way, or a coordinator that came back with the group as it was: we are still counted on.
        if (!this.assignment) this.open();
      }
    }
  }

  /** The broker refused a heartbeat or a commit because of our membership. */
  refused(member: Member, errorCode: number): void {
    if (member.generation !== this.membership?.generation) return;
    if (errorCode !== REBALANCE_IN_PROGRESS && !isFenced(errorCode)) return;
    if (isFenced(errorCode)) this.lease.disproven();
    this.opening = undefined;
    void this.letGo('rebalance');
  }

  private open(): void {
    const { membership } = this;
    if (this.closed || !membership || this.opening === membership || !this.parts.settled()) return;
    this.opening = membership;
    void this.load(membership);
  }

  private async load(membership: Membership): Promise<void> {
    await this.letGo('rebalance');
    const wanted = () => this.opening === membership;
    const starts = await untilDone(
      wanted,
      () => this.parts.load(membership, wanted),
      (error) => this.log.warn(`The positions of the new assignment cannot be read yet: ${String(error)}`),
    );
    if (!starts || !wanted()) return;
    this.opening = undefined;
    if (this.parts.settled()) this.assign(membership, starts);
  }

  private assign(membership: Membership, starts: readonly Start[]): void {
    this.assignment = new Assignment(++this.assignments, membership);
    this.parts.opening(starts);
    const positions = this.listener().assigned(this.assignment.id, starts);
    this.parts.begin(starts.map((start, index) => ({ ...start, position: positions[index]! })));
  }

  private async letGo(reason: DrainReason): Promise<void> {
    const { assignment } = this;
    await assignment?.letGo(() => this.drain(assignment, reason));
  }

  private async drain(assignment: Assignment, reason: DrainReason): Promise<void> {
    this.parts.end();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.log.error(`Assignment ${assignment.id} was not drained ${GRACE} ms after its bound; it is given up`);
        resolve();
      }, this.drainTimeout + GRACE);
    });
    const drained = this.listener()
      .drain(reason)
      .catch((error: unknown) => this.log.error(`A drain failed: ${String(error)}`));
    await Promise.race([drained, tooLate]);
    clearTimeout(timer);
    this.assignment = undefined;
    this.listener().revoked();
  }
}
