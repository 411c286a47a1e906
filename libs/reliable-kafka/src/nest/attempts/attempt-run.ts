import { ReplaySubject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Attempt, AttemptResult, ClaimTold } from '../../contracts/index.js';
import { FatalError, HANDLED } from '../../contracts/index.js';
import type { HandlerTraits } from '../handlers/handler-traits.js';
import type { Reply } from './replies.js';
import type { Wish } from './wish.js';

const RELEASED: AttemptResult = Object.freeze({ kind: 'released' });

interface Failure {
  readonly error: unknown;
  /** A wish before the error is the handler's; one after it is a filter's answer to the error. */
  readonly afterWish: boolean;
}

/** What becomes of one attempt while Nest carries it: what was wished, what went wrong, what still runs. */
export class AttemptRun {
  /** Told by the guard mark, where there are guards. */
  guardsPassed = false;
  /** An error is answered by a reply, in the form that Nest's filters give it. */
  replies = false;
  /** What the method returned, where that is known. */
  value: unknown;
  /** Behind a guard, replies are held until it has completed. */
  held: Reply[] | undefined;
  private wish: Wish | undefined;
  private wished: (() => void) | undefined;
  private failure: Failure | undefined;
  private fatal = false;
  /** Runs of the method: an interceptor may give one up while it goes on, or start another. */
  private latest: Observable<unknown> | undefined;
  private open: Set<Observable<unknown>> | undefined;
  private ended: (() => void) | undefined;
  private givenUp: AbortController | undefined;
  private ownSignal: AbortSignal | undefined;

  constructor(
    readonly attempt: Attempt,
    readonly traits: HandlerTraits,
    readonly claim?: ClaimTold,
  ) {}

  /** Whether pipes or the method were reached, as the capture interceptor tells. */
  get reached(): boolean {
    return this.latest !== undefined;
  }

  get error(): unknown {
    return this.failure?.error;
  }

  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** The handler's wish, unless an error belies it. */
  get standingWish(): Wish | undefined {
    const { wish, failure } = this;
    return wish && !(failure && wish.kind === 'acknowledge' && failure.afterWish) ? wish : undefined;
  }

  /** The attempt's signal; where an interceptor can give a method up that goes on, it aborts then, too. */
  get signal(): AbortSignal {
    const { attempt, claim, traits } = this;
    if (!traits.intercepted && !claim?.signal) return attempt.signal;
    if (traits.intercepted) this.givenUp ??= new AbortController();
    const signals = [attempt.signal, claim?.signal, this.givenUp?.signal].filter((one) => one !== undefined);
    return (this.ownSignal ??= AbortSignal.any(signals));
  }

  want(wish: Wish): void {
    this.wish ??= wish;
    this.wished?.();
  }

  /** An error where it arose. The first one is the original, until the method runs again. */
  fail(error: unknown): void {
    this.failure ??= { error, afterWish: this.wish !== undefined };
  }

  /** An error that nobody saw arise: a wish that is there can only be a filter's answer to it when the method was not reached. */
  failUnseen(error: unknown): void {
    this.failure ??= { error, afterWish: this.wish !== undefined && this.reached };
  }

  /** Another attempt would fail in the same way. */
  callFatal(): void {
    this.fatal = true;
  }

  /** Runs pipes and method to their end, also when everybody stops looking. */
  follow(source: Observable<unknown>): Observable<unknown> {
    const relay = new ReplaySubject<unknown>();
    (this.open ??= new Set()).add(relay);
    this.latest = relay;
    this.failure = undefined;
    source.subscribe({
      next: (value) => relay.next(value),
      error: (error: unknown) => {
        if (this.latest === relay) this.fail(error);
        this.close(relay);
        relay.error(error);
      },
      complete: () => {
        this.close(relay);
        relay.complete();
      },
    });
    return relay;
  }

  /** Whether the method goes on although everything around it has ended. */
  get goesOn(): boolean {
    return this.open !== undefined && this.open.size > 0;
  }

  /** Tells a method that goes on that nobody waits for its result; resolves when its own promise has settled. */
  giveUp(): Promise<void> {
    this.givenUp ??= new AbortController();
    this.givenUp.abort();
    return new Promise((resolve) => (this.ended = resolve));
  }

  result(): AttemptResult | Promise<AttemptResult> {
    const { standingWish, failure } = this;
    if (standingWish) return resultOf(standingWish);
    if (failure) {
      const { error } = failure;
      return { kind: 'failed', error, ...((this.fatal || error instanceof FatalError) && { fatal: true }) };
    }
    return this.traits.manual ? this.wishToCome() : HANDLED;
  }

  /** A manual handler keeps its lane until it says what it wishes, or until the partition is no longer ours. */
  private wishToCome(): Promise<AttemptResult> {
    const { signal } = this.attempt;
    return new Promise((resolve) => {
      this.wished = () => {
        signal.removeEventListener('abort', this.wished!);
        resolve(this.wish ? resultOf(this.wish) : RELEASED);
      };
      signal.addEventListener('abort', this.wished);
      if (signal.aborted) this.wished();
    });
  }

  private close(run: Observable<unknown>): void {
    this.open!.delete(run);
    if (this.open!.size === 0) this.ended?.();
  }
}

function resultOf(wish: Wish): AttemptResult {
  switch (wish.kind) {
    case 'acknowledge':
      return HANDLED;
    case 'release':
      return wish.delay === undefined ? RELEASED : { kind: 'released', delay: wish.delay };
    case 'reject':
      return { kind: 'rejected', reason: wish.reason };
  }
}
