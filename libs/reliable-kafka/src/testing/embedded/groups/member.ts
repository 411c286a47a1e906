import type { ErrorCode } from '../wire/index.js';
import { after } from '../timer.js';

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** The answer to a JoinGroup. */
export interface Joined {
  readonly errorCode: ErrorCode;
  readonly generationId: number;
  readonly protocolName: string;
  readonly leader: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; metadata: Buffer }[];
}

/** The answer to a SyncGroup. */
export interface Synced {
  readonly errorCode: ErrorCode;
  readonly assignment: Buffer;
}

/** What a member asks for when it joins. */
export interface JoinRequest {
  readonly memberId: string;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
}

export const NOTHING: Buffer = Buffer.alloc(0);

/** One member of a group. While it waits for an answer to its join or sync its session cannot expire. */
export class Member {
  assignment = NOTHING;
  private joining: ((answer: Joined) => void) | undefined;
  private syncing: ((answer: Synced) => void) | undefined;
  private cancelExpiry = (): void => {};

  constructor(
    readonly id: string,
    private request: JoinRequest,
    private readonly expired: () => void,
  ) {}

  get clientId(): string {
    return this.request.clientId;
  }

  get clientHost(): string {
    return this.request.clientHost;
  }

  get rebalanceTimeoutMs(): number {
    return this.request.rebalanceTimeoutMs;
  }

  get protocols(): readonly Protocol[] {
    return this.request.protocols;
  }

  get isJoining(): boolean {
    return this.joining !== undefined;
  }

  get isSyncing(): boolean {
    return this.syncing !== undefined;
  }

  metadata(protocol: string): Buffer {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? NOTHING;
  }

  /** Whether a new join asks for what the member already has. */
  matches(protocols: readonly Protocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const mine = this.protocols[index]!;
        return mine.name === name && mine.metadata.equals(metadata);
      })
    );
  }

  /** Resolves when the rebalance ends. An earlier join that still waits is never answered, as in Kafka. */
  join(request: JoinRequest): Promise<Joined> {
    this.request = request;
    return new Promise((resolve) => (this.joining = resolve));
  }

  answerJoin(answer: Joined): void {
    this.joining?.(answer);
    this.joining = undefined;
    this.touch();
  }

  sync(): Promise<Synced> {
    return new Promise((resolve) => (this.syncing = resolve));
  }

  answerSync(answer: Synced): void {
    this.syncing?.(answer);
    this.syncing = undefined;
    this.touch();
  }

  /** The member has shown that it lives. */
  touch(): void {
    this.cancelExpiry();
    this.cancelExpiry = after(this.request.sessionTimeoutMs, () => {
      if (this.isJoining || this.isSyncing) this.touch();
      else this.expired();
    });
  }

  end(): void {
    this.cancelExpiry();
  }
}
