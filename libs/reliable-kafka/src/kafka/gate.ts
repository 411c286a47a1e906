import type { ISocketFactory } from 'kafkajs';
import type { Socket } from 'node:net';
import {
  JOIN_GROUP,
  LEAVE_GROUP,
  SYNC_GROUP,
  parseGroupRequest,
  readErrorCode,
  type GroupRequest,
} from './group-requests.js';
import { FrameCutter, FrameHeads } from './wire-frames.js';

/** Who decides at the gate, and is told what passed it. */
export interface GateKeeper {
  /** Asked before a JoinGroup or LeaveGroup leaves the process: a promise holds the write until it settles. */
  holds(request: GroupRequest): Promise<unknown> | undefined;
  /** The coordinator answered a request about our membership. `sentAt` is the time of its write: what the broker knows is at least that old. */
  answered(request: GroupRequest, errorCode: number, sentAt: number): void;
}

interface Unanswered {
  readonly request: GroupRequest;
  readonly socket: Socket;
  /** `undefined` while the write is held. */
  sentAt: number | undefined;
}

/**
 * Stands between kafkajs and its sockets, and reads the group protocol on the wire. kafkajs has no hook that is awaited before it joins
 * or leaves a group, but every way out of an assignment ends in one of two requests: holding their bytes is such a hook.
 */
export class Gate {
  private readonly sockets = new Set<Socket>();
  private readonly unanswered = new Set<Unanswered>();
  private refusal: 'joins' | 'everything' | undefined;

  constructor(
    private readonly keeper: GateKeeper,
    /** kafkajs gives a request up after so many milliseconds: an answer that is older will not come. */
    private readonly answerWithin: number,
    private readonly now: () => number,
  ) {}

  /** No JoinGroup or SyncGroup of ours is held or unanswered. */
  get settled(): boolean {
    for (const { request, sentAt } of this.unanswered) {
      const awaited = sentAt === undefined || this.now() - sentAt < this.answerWithin;
      if (awaited && isJoin(request)) return false;
    }
    return true;
  }

  wrap(inner: ISocketFactory): ISocketFactory {
    return ({ onConnect, ...args }) => {
      if (this.refusal === 'everything') throw new Error('This consumer has stopped');
      // A socket factory may talk to a proxy before it reports the connection: that is not Kafka's protocol.
      const socket = inner({
        ...args,
        onConnect: () => {
          this.guard(socket);
          onConnect();
        },
      });
      this.sockets.add(socket);
      socket.once('close', () => this.forget(socket));
      return socket;
    };
  }

  /** From now on this process joins no more: a JoinGroup ends its connection instead of being written. LeaveGroup still passes. */
  refuseJoins(): void {
    this.refusal ??= 'joins';
  }

  /** Gives up joins whose answer is still to come: it may take as long as the slowest member. */
  cutJoins(): void {
    for (const { request, socket } of this.unanswered) if (isJoin(request)) cutOff(socket);
  }

  /** Ends all connections and opens no more: whatever kafkajs still has scheduled comes to nothing. */
  close(): void {
    this.refusal = 'everything';
    for (const socket of this.sockets) {
      // What kafkajs has ended itself needs no error, which it would report.
      if (socket.writableEnded) socket.destroy();
      else cutOff(socket);
    }
  }

  private guard(socket: Socket): void {
    const write = socket.write.bind(socket) as (bytes: Buffer) => boolean;
    const cutter = new FrameCutter();
    socket.write = (chunk: Uint8Array | string, encoding?: unknown, done?: unknown): boolean => {
      const bytes =
        typeof chunk === 'string'
          ? Buffer.from(chunk, encoding as BufferEncoding)
          : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let flowing = true;
      for (const frame of cutter.cut(bytes)) flowing = this.pass(socket, write, frame);
      const callback = [encoding, done].find((argument) => typeof argument === 'function');
      if (callback) process.nextTick(callback);
      return flowing;
    };
    const heads = new FrameHeads((head) => this.receive(socket, head));
    socket.on('data', (chunk: Buffer) => heads.read(chunk));
  }

  private pass(socket: Socket, write: (bytes: Buffer) => boolean, frame: Buffer): boolean {
    const request = parseGroupRequest(frame);
    if (!request) return write(frame);
    const entry: Unanswered = { request, socket, sentAt: undefined };
    this.unanswered.add(entry);
    const send = () => {
      if (socket.destroyed) return false;
      if (request.api === JOIN_GROUP && this.refusal) return cutOff(socket);
      entry.sentAt = this.now();
      return write(frame);
    };
    const mayWait = request.api === JOIN_GROUP || request.api === LEAVE_GROUP;
    const held = mayWait ? this.keeper.holds(request) : undefined;
    if (!held) return send();
    void held.finally(send);
    return true;
  }

  private receive(socket: Socket, head: Buffer): void {
    if (this.unanswered.size === 0 || head.length < 10) return;
    const correlationId = head.readInt32BE(4);
    for (const entry of this.unanswered) {
      if (entry.socket !== socket || entry.request.correlationId !== correlationId || entry.sentAt === undefined)
        continue;
      this.unanswered.delete(entry);
      this.keeper.answered(entry.request, readErrorCode(entry.request, head), entry.sentAt);
    }
  }

  private forget(socket: Socket): void {
    this.sockets.delete(socket);
    for (const entry of this.unanswered) if (entry.socket === socket) this.unanswered.delete(entry);
  }
}

function isJoin({ api }: GroupRequest): boolean {
  return api === JOIN_GROUP || api === SYNC_GROUP;
}

/** With an error: kafkajs does not listen to `close`, and would wait for answers until they time out. */
function cutOff(socket: Socket): false {
  socket.destroy(new Error('The consumer is stopping'));
  return false;
}
