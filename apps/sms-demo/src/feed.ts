import { performance } from 'node:perf_hooks';
import type { Message } from './messages/index.js';
import type { GatewayAnswer } from './platform/index.js';

export interface Accepted {
  readonly smsId: string;
  readonly userId: string;
}

/** What the gateway said. */
export interface Answers {
  /** Of one user, in the order of the answers. */
  readonly accepted: Accepted[];
  /** How many by the reason. */
  readonly refused: Record<string, number>;
  readonly errors: string[];
  /** Milliseconds of each request. */
  readonly latencies: number[];
}

export interface FeedOptions {
  /** Requests at once, never two of one user. */
  readonly inFlight: number;
  readonly onAnswer?: (answered: number) => void;
}

/**
 * Submits the messages, in their order as far as "one request in flight per user" allows: a message whose user is busy
 * waits for that user, and goes before those that have not been looked at.
 */
export async function feed(
  messages: readonly Message[],
  submit: (message: Message) => Promise<GatewayAnswer>,
  { inFlight, onAnswer }: FeedOptions,
): Promise<Answers> {
  const answers: Answers = { accepted: [], refused: {}, errors: [], latencies: [] };
  const next = turns(messages);
  let answered = 0;
  const worker = async () => {
    for (let turn = next(); turn; turn = next()) {
      const started = performance.now();
      const answer = await submit(turn.message).catch((error: unknown) => ({
        kind: 'error' as const,
        what: String(error),
      }));
      answers.latencies.push(performance.now() - started);
      note(answers, turn.message, answer);
      turn.over();
      onAnswer?.(++answered);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return answers;
}

function note({ accepted, refused, errors }: Answers, { id, userId }: Message, answer: GatewayAnswer): void {
  if (answer.kind === 'accepted') accepted.push({ smsId: answer.smsId, userId });
  else if (answer.kind === 'refused') refused[answer.code] = (refused[answer.code] ?? 0) + 1;
  else errors.push(`${id}: ${answer.what}`);
}

/** Hands out messages such that a user has one at a time. */
function turns(messages: readonly Message[]) {
  const busy = new Map<string, Message[]>();
  const freed: Message[] = [];
  let position = 0;
  const fresh = (): Message | undefined => {
    while (position < messages.length) {
      const message = messages[position++];
      const waiting = busy.get(message.userId);
      if (!waiting) {
        busy.set(message.userId, []);
        return message;
      }
      waiting.push(message);
    }
    return undefined;
  };
  const over = (userId: string) => {
    const following = busy.get(userId)!.shift();
    if (following) freed.push(following);
    else busy.delete(userId);
  };
  return () => {
    const message = freed.pop() ?? fresh();
    return message && { message, over: () => over(message.userId) };
  };
}
