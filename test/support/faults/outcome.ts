import type { AttemptResult } from '../../../libs/reliable-kafka/src/contracts/index.js';

/** How a delivery ended, as it can be told to another process. `died`: nobody is left who could say. */
export type Outcome =
  | { readonly kind: 'handled' | 'duplicate' | 'superseded' | 'released' | 'died' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly reason: string; readonly delay: number }
  | { readonly kind: 'failed'; readonly error: string; readonly fatal: boolean };

export function outcomeOf(result: AttemptResult): Outcome {
  switch (result.kind) {
    case 'failed':
      return { kind: 'failed', error: told(result.error), fatal: result.fatal === true };
    case 'waiting':
    case 'rejected':
      return result;
    default:
      return { kind: result.kind };
  }
}

/** Whether an offset may pass the record: what the consumer takes for an outcome. */
export function isAcknowledged({ kind }: Outcome): boolean {
  return kind === 'handled' || kind === 'duplicate' || kind === 'superseded';
}

/** Whether another attempt is of no use. */
export function isFinal(outcome: Outcome): boolean {
  return isAcknowledged(outcome) || outcome.kind === 'rejected' || (outcome.kind === 'failed' && outcome.fatal);
}

function told(error: unknown): string {
  const cause = error instanceof Error && error.cause ? ` (${String(error.cause)})` : '';
  return `${String(error)}${cause}`;
}
