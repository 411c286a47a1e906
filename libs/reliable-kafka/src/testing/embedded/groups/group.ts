import { randomUUID } from 'node:crypto';
import { errors, type ErrorCode } from '../wire/index.js';
import { after } from '../timer.js';
import { CommittedOffsets } from './committed-offsets.js';
import { Member, NOTHING, type JoinRequest, type Joined, type Synced } from './member.js';
import { commonProtocols, electProtocol } from './protocols.js';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

/**
 * One consumer group of the classic protocol: a state machine that collects joins, lets the leader assign, and watches
 * over its members. A rebalance ends as soon as every known member has joined again, at the latest after the longest
 * rebalance timeout among them; who is missing then is out.
 */
export class Group {
  readonly offsets = new CommittedOffsets();
  readonly members = new Map<string, Member>();
  state: GroupState = 'Empty';
  generation = 0;
  protocolType = '';
  protocol = '';
  private leader: string | undefined;
  /** Member ids that were given out and have not joined yet, with the end of their time. */
  private readonly promised = new Map<string, () => void>();
  private cancelPhase = (): void => {};
  private awaitingGeneration: ((generation: number) => void)[] = [];

  constructor(readonly id: string) {}

  join(request: JoinRequest, mustAskTwice: boolean): Promise<Joined> | Joined {
    const { memberId } = request;
    if (this.state === 'Dead') return refusedJoin(memberId, errors.COORDINATOR_NOT_AVAILABLE);
    if (!this.supports(request)) return refusedJoin(memberId, errors.INCONSISTENT_GROUP_PROTOCOL);
    if (memberId === '') {
      const fresh = `${request.clientId}-${randomUUID()}`;
      if (!mustAskTwice) return this.admit(fresh, request);
      this.promised.set(
        fresh,
        after(request.sessionTimeoutMs, () => this.leave(fresh)),
      );
      return refusedJoin(fresh, errors.MEMBER_ID_REQUIRED);
    }
    if (this.promised.has(memberId)) return this.admit(memberId, request);
    const member = this.members.get(memberId);
    if (!member) return refusedJoin(memberId, errors.UNKNOWN_MEMBER_ID);
    const unchanged = member.matches(request.protocols);
    const keeps =
      (this.state === 'CompletingRebalance' && unchanged) ||
      (this.state === 'Stable' && unchanged && member.id !== this.leader);
    if (keeps) return this.joined(member);
    return this.await(member, request);
  }

  sync(memberId: string, generation: number, assignments: ReadonlyMap<string, Buffer>): Promise<Synced> | Synced {
    const member = this.members.get(memberId);
    const error = this.objection(memberId, generation);
    if (error !== undefined || !member) return { errorCode: error ?? errors.UNKNOWN_MEMBER_ID, assignment: NOTHING };
    if (this.state === 'PreparingRebalance') {
      return { errorCode: errors.REBALANCE_IN_PROGRESS, assignment: NOTHING };
    }
    if (this.state === 'Stable') {
      member.touch();
      return { errorCode: errors.NONE, assignment: member.assignment };
    }
    const answer = member.sync();
    if (member.id === this.leader) this.assign(assignments);
    return answer;
  }

  heartbeat(memberId: string, generation: number): ErrorCode {
    const error = this.objection(memberId, generation);
    if (error !== undefined) return error;
    this.members.get(memberId)?.touch();
    return this.state === 'PreparingRebalance' ? errors.REBALANCE_IN_PROGRESS : errors.NONE;
  }

  leave(memberId: string): ErrorCode {
    if (this.state === 'Dead') return errors.COORDINATOR_NOT_AVAILABLE;
    const member = this.members.get(memberId);
    if (!member && !this.promised.has(memberId)) return errors.UNKNOWN_MEMBER_ID;
    this.keepPromise(memberId);
    if (member) {
      this.remove(member);
      if (this.state !== 'PreparingRebalance') this.rebalance();
    }
    this.completeJoinIfAllHere();
    return errors.NONE;
  }

  /**
   * Whether a commit may pass. As in Kafka, members of the current generation may still commit while the next rebalance
   * is being prepared; from the moment that the new generation is there until it is assigned nobody may.
   */
  commitObjection(memberId: string, generation: number): ErrorCode | undefined {
    if (generation < 0 && this.state === 'Empty') return undefined;
    if (generation < 0 && memberId === '') return errors.UNKNOWN_MEMBER_ID;
    const error = this.objection(memberId, generation);
    if (error !== undefined) return error;
    this.members.get(memberId)?.touch();
    return this.state === 'CompletingRebalance' ? errors.REBALANCE_IN_PROGRESS : undefined;
  }

  /** Makes every member join again. Resolves with the generation that comes of it. */
  forceRebalance(): Promise<number> {
    const next = new Promise<number>((resolve) => this.awaitingGeneration.push(resolve));
    if (this.state !== 'PreparingRebalance') this.rebalance();
    return next;
  }

  /** The end of the group, by deletion or with its broker: no timer is left behind. */
  end(): void {
    this.state = 'Dead';
    this.cancelPhase();
    for (const cancel of this.promised.values()) cancel();
    for (const member of this.members.values()) member.end();
  }

  private supports({ protocolType, protocols }: JoinRequest): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.members.size === 0) return true;
    const common = commonProtocols(this.members.values());
    return protocolType === this.protocolType && protocols.some(({ name }) => common.has(name));
  }

  private objection(memberId: string, generation: number): ErrorCode | undefined {
    if (this.state === 'Dead') return errors.COORDINATOR_NOT_AVAILABLE;
    if (!this.members.has(memberId)) return errors.UNKNOWN_MEMBER_ID;
    return generation === this.generation ? undefined : errors.ILLEGAL_GENERATION;
  }

  private admit(memberId: string, request: JoinRequest): Promise<Joined> {
    this.keepPromise(memberId);
    const member = new Member(memberId, request, () => this.leave(memberId));
    this.members.set(memberId, member);
    this.protocolType = request.protocolType;
    this.leader ??= memberId;
    return this.await(member, request);
  }

  private await(member: Member, request: JoinRequest): Promise<Joined> {
    const answer = member.join(request);
    member.touch();
    if (this.state !== 'PreparingRebalance') this.rebalance();
    this.completeJoinIfAllHere();
    return answer;
  }

  private rebalance(): void {
    for (const member of this.members.values()) {
      member.answerSync({ errorCode: errors.REBALANCE_IN_PROGRESS, assignment: NOTHING });
    }
    this.state = 'PreparingRebalance';
    this.setPhase(() => this.completeJoin());
  }

  private completeJoinIfAllHere(): void {
    if (this.state !== 'PreparingRebalance' || this.promised.size > 0) return;
    if ([...this.members.values()].every((member) => member.isJoining)) this.completeJoin();
  }

  private completeJoin(): void {
    for (const member of this.members.values()) if (!member.isJoining) this.remove(member);
    this.generation += 1;
    this.cancelPhase();
    if (this.members.size === 0) {
      this.state = 'Empty';
      this.protocol = '';
    } else {
      this.protocol = electProtocol([...this.members.values()]);
      this.state = 'CompletingRebalance';
      this.setPhase(() => this.dropUnsynced());
      for (const member of this.members.values()) {
        member.assignment = NOTHING;
        member.answerJoin(this.joined(member));
      }
    }
    for (const resolve of this.awaitingGeneration.splice(0)) resolve(this.generation);
  }

  private joined(member: Member): Joined {
    const members = member.id === this.leader ? [...this.members.values()] : [];
    return {
      errorCode: errors.NONE,
      generationId: this.generation,
      protocolName: this.protocol,
      leader: this.leader ?? '',
      memberId: member.id,
      members: members.map((one) => ({ memberId: one.id, metadata: one.metadata(this.protocol) })),
    };
  }

  private assign(assignments: ReadonlyMap<string, Buffer>): void {
    this.state = 'Stable';
    for (const member of this.members.values()) {
      member.assignment = assignments.get(member.id) ?? NOTHING;
      member.answerSync({ errorCode: errors.NONE, assignment: member.assignment });
    }
  }

  private dropUnsynced(): void {
    if (this.state !== 'CompletingRebalance') return;
    for (const member of this.members.values()) if (!member.isSyncing) this.remove(member);
    this.rebalance();
    this.completeJoinIfAllHere();
  }

  private remove(member: Member): void {
    this.members.delete(member.id);
    member.end();
    member.answerJoin(refusedJoin(member.id, errors.UNKNOWN_MEMBER_ID));
    member.answerSync({ errorCode: errors.UNKNOWN_MEMBER_ID, assignment: NOTHING });
    if (this.leader === member.id) this.leader = this.members.keys().next().value;
  }

  private keepPromise(memberId: string): void {
    this.promised.get(memberId)?.();
    this.promised.delete(memberId);
  }

  private setPhase(expired: () => void): void {
    this.cancelPhase();
    const longest = Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs));
    this.cancelPhase = after(longest, expired);
  }
}

function refusedJoin(memberId: string, errorCode: ErrorCode): Joined {
  return { errorCode, generationId: -1, protocolName: '', leader: '', memberId, members: [] };
}
