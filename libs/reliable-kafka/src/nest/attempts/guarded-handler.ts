import type {
  Attempt,
  AttemptResult,
  Executed,
  HandlerBinding,
  IdempotencyGuard,
  OpenGuard,
} from '../../contracts/index.js';
import { FatalError, HANDLED } from '../../contracts/index.js';
import type { AttemptRun } from './attempt-run.js';
import type { NestHandler } from './nest-handler.js';
import type { ReplyPacket } from './reply-packets.js';

const NOT_STARTED: Executed = {
  result: { kind: 'waiting', reason: 'busy', delay: 0 },
  value: undefined,
  reply: undefined,
};

/**
 * A handler behind a deduplication guard: the guard claims, the handler runs, the guard completes, and only then a request is answered. What a
 * duplicate is answered is the first reply again, or an error.
 */
export class GuardedHandler implements HandlerBinding {
  readonly topic: HandlerBinding['topic'];
  readonly name: string;
  readonly label: string;
  readonly orderedBy: HandlerBinding['orderedBy'];
  readonly commit: HandlerBinding['commit'];
  readonly capacity: HandlerBinding['capacity'];

  constructor(
    private readonly handler: NestHandler,
    private readonly guard: OpenGuard,
    private readonly reply: IdempotencyGuard['reply'],
  ) {
    const { topic, name, label, orderedBy, commit } = handler;
    Object.assign(this, { topic, name, label, orderedBy, commit });
    this.capacity = guard.capacity;
  }

  async invoke(attempt: Attempt): Promise<AttemptResult> {
    let run: AttemptRun | undefined;
    let result: AttemptResult;
    try {
      result = await this.guard.run({
        attempt,
        execute: async (claim) => {
          // The claim may have waited for longer than the partition was ours.
          if (attempt.signal.aborted) return NOT_STARTED;
          run = this.handler.begin(attempt, claim);
          run.held = [];
          const ended = await this.handler.run(run);
          const isKept = this.reply === 'replay' && run.held.length > 0;
          return { result: ended, value: run.value, reply: isKept ? encoded(run.held) : undefined };
        },
      });
    } catch (error) {
      result = { kind: 'failed', error, ...(error instanceof FatalError && { fatal: true }) };
    }
    const packets = this.handler.isRequest(attempt.record) ? this.answerTo(result, run?.held) : [];
    if (packets.length === 0) return result;
    try {
      for (const packet of packets) await this.handler.reply(attempt, packet);
      return result.kind === 'duplicate' || result.kind === 'superseded' ? result : HANDLED;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /** An empty answer: there is no outcome yet. */
  private answerTo(result: AttemptResult, held: ReplyPacket[] = []): readonly ReplyPacket[] {
    switch (result.kind) {
      case 'handled':
        return result.reply ? decoded(result.reply) : held;
      case 'duplicate':
        return this.reply === 'replay' && result.reply ? decoded(result.reply) : failure('Duplicate request');
      case 'superseded':
        return failure('Superseded request');
      case 'rejected':
        return held.length > 0 ? held : failure(result.reason);
      case 'failed':
        if (held.some(({ err }) => err !== undefined)) return held;
        return result.fatal ? failure((result.error as Error).message) : [];
      default:
        return [];
    }
  }
}

function failure(message: string): ReplyPacket[] {
  return [{ err: { status: 'error', message }, isDisposed: true }];
}

function encoded(packets: readonly ReplyPacket[]): Buffer {
  return Buffer.from(JSON.stringify(packets));
}

function decoded(reply: Buffer): ReplyPacket[] {
  return JSON.parse(reply.toString()) as ReplyPacket[];
}
