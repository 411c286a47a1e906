import type { MessageHandler } from '@nestjs/microservices';
import { KafkaRetriableException } from '@nestjs/microservices';
import { from, isObservable, lastValueFrom, mergeMap, of } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Attempt, AttemptResult, ClaimTold, ConsumedRecord, HandlerBinding } from '../../contracts/index.js';
import { HANDLED } from '../../contracts/index.js';
import { RecordContext } from '../context/index.js';
import type { ContextSetting } from '../context/index.js';
import type { BareMethod, HandlerPlan, RegisteredHandler } from '../handlers/index.js';
import { AttemptRun } from './attempt-run.js';
import { isDenial } from './denial.js';
import type { HandlerTraits } from '../handlers/handler-traits.js';
import type { Replies, Reply, ReplyTarget } from './replies.js';
import { packetsOf } from './reply-packets.js';
import type { ReplyPacket } from './reply-packets.js';
import { constructionOf } from './request-scope.js';
import type { Construct } from './request-scope.js';

const OR_NOTHING = { defaultValue: undefined };

/**
 * Runs one Nest handler on records, through the callback that Nest built: guards, pipes, interceptors, filters and request scope included.
 * Where there are none, it calls the method itself.
 */
export class NestHandler implements HandlerBinding {
  readonly topic: HandlerBinding['topic'];
  readonly name: string;
  readonly label: string;
  readonly orderedBy: HandlerBinding['orderedBy'];
  readonly commit: HandlerBinding['commit'];
  readonly retry: HandlerBinding['retry'];
  readonly deadLetter: HandlerBinding['deadLetter'];
  readonly park: HandlerBinding['park'];
  private readonly traits: HandlerTraits;
  private readonly callback: (...args: unknown[]) => Promise<unknown>;
  private readonly construct: Construct | undefined;
  /** Events are never answered, whatever their headers say. */
  private readonly answers: boolean;

  constructor(
    plan: HandlerPlan,
    private readonly registered: RegisteredHandler,
    private readonly setting: ContextSetting,
    private readonly replies: Replies,
  ) {
    this.topic = plan.topic;
    this.name = plan.name;
    this.label = plan.label;
    this.orderedBy = plan.orderedBy;
    this.commit = plan.commit;
    this.retry = plan.retry;
    this.deadLetter = plan.deadLetter;
    this.park = plan.park;
    this.traits = { ...registered.traits, manual: plan.commit.after === 'manual' };
    this.callback = registered.callback as MessageHandler as (...args: unknown[]) => Promise<unknown>;
    this.construct = constructionOf(plan.site);
    this.answers = !plan.site.isEvent;
  }

  invoke(attempt: Attempt): Promise<AttemptResult> {
    return this.run(new AttemptRun(attempt, this.traits));
  }

  /** An attempt under the claim of a guard, to be given to `run`. */
  begin(attempt: Attempt, claim: ClaimTold): AttemptRun {
    return new AttemptRun(attempt, this.traits, claim);
  }

  /** Never rejects. */
  run(run: AttemptRun): Promise<AttemptResult> {
    const context = new RecordContext(run, this.setting);
    const { bare } = this.registered;
    if (bare) return this.carryBare(run, context, bare);
    return this.construct ? this.carryConstructed(run, context, this.construct) : this.carry(run, context);
  }

  private async carryBare(run: AttemptRun, context: RecordContext, bare: BareMethod): Promise<AttemptResult> {
    try {
      const result = await bare(run.attempt.payload, context);
      run.value = isObservable(result) ? await lastValueFrom(result, OR_NOTHING) : result;
    } catch (error) {
      run.fail(error);
    }
    return run.result();
  }

  /** What cannot be constructed now may be later, whatever its error looks like. */
  private async carryConstructed(
    run: AttemptRun,
    context: RecordContext,
    construct: Construct,
  ): Promise<AttemptResult> {
    let request: object;
    try {
      request = await construct(run.attempt.payload, context);
    } catch (error) {
      return { kind: 'failed', error };
    }
    return this.carry(run, context, request);
  }

  /** Through Nest's callback, until the method's own promise has settled. Never rejects. */
  private async carry(run: AttemptRun, context: RecordContext, request?: object): Promise<AttemptResult> {
    const { witness } = this.registered;
    const seen = witness.seen;
    try {
      const target = this.answers ? this.replies.targetOf(run.attempt.record) : undefined;
      run.replies = target !== undefined;
      if (target) return await this.answer(run, target, this.call(run, context, request), seen);
      const result = await this.call(run, context, request);
      run.value = isObservable(result) ? await lastValueFrom(result, OR_NOTHING) : result;
      this.noteSwallowed(run, seen);
    } catch (error) {
      run.failUnseen(witness.onlyErrorSince(seen)?.error ?? error);
    }
    if (run.hasFailed && this.wasDenied(run)) run.callFatal();
    if (run.goesOn) await run.giveUp();
    return run.result();
  }

  /** The replies, once the broker has acknowledged them, are the outcome: the error reply, too. */
  private async answer(
    run: AttemptRun,
    target: ReplyTarget,
    result: Promise<unknown>,
    seen: number,
  ): Promise<AttemptResult> {
    const answer = from(result).pipe(mergeMap(streamOf));
    let replied: ReplyPacket | undefined;
    for await (const packet of packetsOf(answer)) {
      const wish = run.standingWish;
      if (wish?.kind === 'release') break;
      if (wish?.kind === 'reject') {
        Object.assign(packet, { err: { status: 'error', message: wish.reason }, isDisposed: true });
      } else if (!replied && isRetriable(run.error ?? packet.err)) {
        run.fail(packet.err);
        break;
      }
      if (packet.err !== undefined) run.failUnseen(packet.err);
      const reply = await this.replies.replyOf(packet);
      if (run.held) run.held.push(reply);
      else await this.replies.send(target, reply, run.attempt.signal);
      replied = packet;
    }
    run.value = replied?.response;
    this.noteSwallowed(run, seen);
    if (run.goesOn) await run.giveUp();
    // Behind a guard the effects of a handler that failed must not be kept, whatever its request is answered.
    const errorIsAnswered = replied && run.hasFailed && !run.held;
    return errorIsAnswered ? HANDLED : run.result();
  }

  isRequest(record: ConsumedRecord): boolean {
    return this.answers && this.replies.targetOf(record) !== undefined;
  }

  replyOf(packet: ReplyPacket): Promise<Reply> {
    return this.replies.replyOf(packet);
  }

  /** Resolves when the reply is stored, or can never be. */
  reply({ record, signal }: Attempt, reply: Reply): Promise<void> {
    return this.replies.send(this.replies.targetOf(record)!, reply, signal);
  }

  private call(run: AttemptRun, context: RecordContext, request: object | undefined): Promise<unknown> {
    const { payload } = run.attempt;
    return request ? this.callback(request, payload, context) : this.callback(payload, context);
  }

  /** Guards and interceptors can fail before anything of ours is reached, and a filter can make a good end of it. */
  private noteSwallowed(run: AttemptRun, seen: number): void {
    const { intercepted, guarded } = this.traits;
    const { witness } = this.registered;
    if (run.hasFailed) return;
    if ((guarded && !run.guardsPassed) || (intercepted && !run.reached && witness.seen !== seen))
      run.failUnseen(witness.onlyErrorSince(seen)?.error ?? new Error(`${this.label}: a filter swallowed the error`));
  }

  private wasDenied(run: AttemptRun): boolean {
    const { guarded, hooked } = this.traits;
    return guarded && !run.guardsPassed && !hooked && isDenial(run.error);
  }
}

function streamOf(value: unknown): Observable<unknown> {
  return isObservable(value) ? value : of(value);
}

function isRetriable(error: unknown): boolean {
  return error instanceof KafkaRetriableException;
}
