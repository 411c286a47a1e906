import type {
  Attempt,
  AttemptResult,
  ConsumedRecord,
  Executed,
  HandlerBinding,
  IdempotencyGuard,
  OpenGuard,
} from '../../contracts/index.js';
import { FatalError, HANDLED } from '../../contracts/index.js';
import type { AttemptRun } from './attempt-run.js';
import { decodeReplies, encodeReplies } from './kept-replies.js';
import type { NestHandler } from './nest-handler.js';
import type { Reply } from './replies.js';

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
  readonly retry: HandlerBinding['retry'];
  readonly deadLetter: HandlerBinding['deadLetter'];
  readonly park: HandlerBinding['park'];
  readonly capacity: HandlerBinding['capacity'];
  readonly retention: HandlerBinding['retention'];
  readonly dying: HandlerBinding['dying'];
  private readonly reply: IdempotencyGuard['reply'];
  /** Replies of handlers that ended well: a guard may complete such a run in a later attempt, without another run. */
  private readonly answers = new WeakMap<ConsumedRecord, readonly Reply[]>();

  constructor(
    private readonly handler: NestHandler,
    private readonly guard: OpenGuard,
    { reply, retention }: Pick<IdempotencyGuard, 'reply' | 'retention'>,
  ) {
    const { topic, name, label, orderedBy, commit, retry, deadLetter, park } = handler;
    Object.assign(this, { topic, name, label, orderedBy, commit, retry, deadLetter, park });
    this.capacity = guard.capacity;
    this.retention = retention;
    this.dying = guard.dying && ((record, payload) => guard.dying!(record, payload));
    this.reply = reply;
  }

  async invoke(attempt: Attempt): Promise<AttemptResult> {
    let run: AttemptRun | undefined;
    let result: AttemptResult;
    try {
      result = await this.guard.run({
        attempt,
        execute: async (claim) => {
          // The claim may have waited for longer than the partition was ours.
          if (attempt.isAborted) return NOT_STARTED;
          run = this.handler.begin(attempt, claim);
          run.held = [];
          const ended = await this.handler.run(run);
          if (ended.kind === 'handled' && run.held.length > 0) this.answers.set(attempt.record, run.held);
          const isKept = this.reply === 'replay' && run.held.length > 0;
          return { result: ended, value: run.value, reply: isKept ? encodeReplies(run.held) : undefined };
        },
      });
    } catch (error) {
      result = { kind: 'failed', error, ...(error instanceof FatalError && { fatal: true }) };
    }
    return this.handler.isRequest(attempt.record) ? this.answer(attempt, result, run) : result;
  }

  /** The replies, once the broker has acknowledged them, are the outcome: the error reply, too. */
  private async answer(attempt: Attempt, result: AttemptResult, run: AttemptRun | undefined): Promise<AttemptResult> {
    const replies = await this.repliesTo(attempt.record, result, run);
    if (replies.length === 0) return result;
    try {
      for (const reply of replies) await this.handler.reply(attempt, reply);
      return result.kind === 'duplicate' || result.kind === 'superseded' ? result : HANDLED;
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /** None: there is no outcome yet. */
  private async repliesTo(
    record: ConsumedRecord,
    result: AttemptResult,
    run: AttemptRun | undefined,
  ): Promise<readonly Reply[]> {
    const held = run?.held ?? [];
    switch (result.kind) {
      case 'handled':
        return result.reply ? decodeReplies(result.reply) : (this.answers.get(record) ?? []);
      case 'duplicate':
        return this.reply === 'replay' && result.reply
          ? decodeReplies(result.reply)
          : this.refusal('Duplicate request');
      case 'superseded':
        return this.refusal('Superseded request');
      case 'rejected':
        return held.length > 0 ? held : this.refusal(result.reason);
      case 'failed':
        // Of the handler's own errors, those that are not to be retried have their reply.
        if (result.error === run?.error && held.at(-1)?.isLast) return held;
        return result.fatal ? this.refusal((result.error as Error).message) : [];
      default:
        return [];
    }
  }

  private async refusal(message: string): Promise<readonly Reply[]> {
    return [await this.handler.replyOf({ err: { status: 'error', message }, isDisposed: true })];
  }
}
