/** What the gate reads of the group protocol: API keys, who asks, and whether the coordinator agreed. */
export const JOIN_GROUP = 11;
export const HEARTBEAT = 12;
export const LEAVE_GROUP = 13;
export const SYNC_GROUP = 14;

/** The version from which an answer of this API begins with a throttle time. */
const THROTTLED_SINCE: Readonly<Record<number, number>> = {
  [JOIN_GROUP]: 2,
  [HEARTBEAT]: 1,
  [LEAVE_GROUP]: 1,
  [SYNC_GROUP]: 1,
};

export interface GroupRequest {
  readonly api: number;
  readonly version: number;
  readonly correlationId: number;
  /** Of Heartbeat and SyncGroup; a JoinGroup asks for a new one. */
  readonly generation: number | undefined;
  /** Empty when the member has not been given an id yet; unknown for LeaveGroup. */
  readonly memberId: string;
}

/** `undefined` for requests that are not about group membership. The frame begins with its size. */
export function parseGroupRequest(frame: Buffer): GroupRequest | undefined {
  if (frame.length < 14) return undefined;
  const api = frame.readInt16BE(4);
  if (THROTTLED_SINCE[api] === undefined) return undefined;
  const version = frame.readInt16BE(6);
  const correlationId = frame.readInt32BE(8);
  if (api === LEAVE_GROUP) return { api, version, correlationId, generation: undefined, memberId: '' };

  const afterGroup = skipString(frame, skipString(frame, 12));
  if (api === JOIN_GROUP) {
    const timeouts = version >= 1 ? 8 : 4;
    return { api, version, correlationId, generation: undefined, memberId: readString(frame, afterGroup + timeouts) };
  }
  return {
    api,
    version,
    correlationId,
    generation: frame.readInt32BE(afterGroup),
    memberId: readString(frame, afterGroup + 4),
  };
}

/** The error code of an answer, from the first bytes of its frame. */
export function readErrorCode({ api, version }: GroupRequest, head: Buffer): number {
  return head.readInt16BE(version >= THROTTLED_SINCE[api]! ? 12 : 8);
}

function skipString(frame: Buffer, at: number): number {
  return at + 2 + Math.max(0, frame.readInt16BE(at));
}

function readString(frame: Buffer, at: number): string {
  return frame.toString('utf8', at + 2, skipString(frame, at));
}
