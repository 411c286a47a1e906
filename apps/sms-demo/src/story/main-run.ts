import { type Answers, feed } from '../feed.js';
import type { Message } from '../messages/index.js';
import { type JournalSummary, type PhoneBook, type Platform, type Progress } from '../platform/index.js';
import type { ProgressBar } from '../progress-bar.js';
import { judge, type Verdict } from '../verdict.js';
import { settled } from '../wait.js';

/** Requests at once. More would only make each of them slower, and with them the user who has the most messages. */
const IN_FLIGHT = 16;

export interface MainRun {
  readonly fed: number;
  readonly users: number;
  readonly blank: number;
  readonly answers: Answers;
  readonly records: Progress;
  readonly verdict: Verdict;
  readonly operator: JournalSummary;
  /** Left behind, with no record on its way. */
  readonly stuck: number;
  /** From the first request to the last arrival at the operator. */
  readonly seconds: number;
  readonly hottestUser: { readonly userId: string; readonly messages: number };
}

export interface MainRunOptions {
  readonly concurrency: number;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** How often the dispatcher is ended and started again. */
  readonly restarts: number;
}

/** Feeds everything, restarts the dispatcher on the way, waits for the last receipt, and judges. */
export async function runMain(
  platform: Platform,
  messages: readonly Message[],
  phones: PhoneBook,
  options: MainRunOptions,
  bar: ProgressBar,
): Promise<MainRun> {
  const before = await platform.journal.summary();
  const client = platform.client('main');
  const instants = instantsOf(options.restarts, messages.length);
  let restarted = Promise.resolve();
  bar.start(messages.length);
  const watching = new AbortController();
  const watched = bar.watch(() => platform.records.progress('main'), watching.signal);
  const started = Date.now();
  const answers = await feed(
    messages,
    (message) => client.submit(message, phones.numberOf(message.userId), message.id),
    {
      inFlight: IN_FLIGHT,
      onAnswer(answered) {
        bar.answered(answered);
        for (; instants[0]! <= answered; instants.shift()) restarted = restarted.then(() => restart(platform, options));
        // A restart that fails is told when it is awaited.
        restarted.catch(() => {});
      },
    },
  );
  await restarted;
  const expected = answers.accepted.length;
  const records = await settled(
    () => platform.records.progress('main'),
    ({ delivered, failed }) => delivered + failed >= expected,
  );
  watching.abort();
  await watched;
  bar.stop(records);
  const { arrivals, ...after } = await platform.journal.everything();
  const mine = new Set(answers.accepted.map(({ smsId }) => smsId));
  const last = arrivals.findLast(({ key }) => mine.has(key));
  return {
    fed: messages.length,
    users: new Set(messages.map(({ userId }) => userId)).size,
    blank: messages.filter(({ text }) => text.trim() === '').length,
    answers,
    records,
    verdict: judge(
      answers.accepted,
      arrivals.map(({ key }) => key),
    ),
    operator: {
      accepted: after.accepted - before.accepted,
      repeated: after.repeated - before.repeated,
      overlapped: after.overlapped - before.overlapped,
    },
    stuck: await platform.stuck(),
    seconds: ((last?.at ?? started) - started) / 1000,
    hottestUser: hottest(messages),
  };
}

/** After how many answers: one of them in the middle, several at random, each in a slice of its own. */
function instantsOf(restarts: number, messages: number): number[] {
  if (restarts === 1) return [Math.ceil(messages / 2)];
  return Array.from({ length: restarts }, (_, i) => Math.ceil(((i + Math.random()) * messages) / restarts));
}

async function restart(platform: Platform, { concurrency, signal }: MainRunOptions): Promise<void> {
  await platform.stopDispatcher(signal);
  await platform.startDispatcher(concurrency);
}

function hottest(messages: readonly Message[]) {
  const counts = new Map<string, number>();
  for (const { userId } of messages) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  const [userId, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
  return { userId, messages: count };
}
