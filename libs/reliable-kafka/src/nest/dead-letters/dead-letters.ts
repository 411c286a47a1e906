import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeadLetterSink, DeadLetterStates, HandlerBinding, Log, ParkingStore } from '../../contracts/index.js';
import { ReliableKafkaError } from '../../contracts/index.js';
import { TokenBucket } from '../../flow/index.js';
import { deadLetterPublisher, groupsOf, type LogReader, TopicStates, withLogReader } from '../../kafka/index.js';
import type { ProducerCore } from '../../producer/index.js';
import {
  changeLetters,
  DeadLetterOffice,
  discardLetters,
  identityOf,
  lettersOf,
  listLetters,
  markReplay,
  replayLetters,
  selected,
} from '../../retry/index.js';
import type {
  DeadLetterEntry,
  DeadLetterAction,
  DeadLetterPage,
  DeadLetterReport,
  DeadLetterSelection,
  Progress,
} from '../../retry/index.js';
import type { ReliableKafkaOptions } from '../options.js';
import { checkedLimit, checkedRate, checkedSelection, checkedText } from './checks.js';
import type {
  DeadLetterChangeOptions,
  DeadLetterListOptions,
  DeadLetterReplayOptions,
  DeadLetterReplayReport,
  DeadLetterSource,
} from './options.js';
import { DeadLetterRepublishError, republish } from './republishing.js';

export interface DeadLettersParts {
  readonly options: ReliableKafkaOptions;
  readonly core: ProducerCore;
  readonly log: Log;
}

const BATCH = 100;

/**
 * The dead letters of a module: what lies in the dead letter topics of its handlers, and what may become of it.
 *
 * Looking reads the topics without a group, and changes nothing. What is entered (replayed, discarded; by whom, when, why) stands in a compacted topic
 * beside each dead letter topic, `<name>.state`, and survives restarts. Copies of a letter are one letter.
 */
export class DeadLetters {
  private readonly office: DeadLetterOffice;
  private readonly states: DeadLetterStates;
  /** Of the handlers. */
  private deadLetterTopics: readonly string[] = [];
  private parking: ParkingStore | undefined;

  /** @internal */
  constructor(private readonly parts: DeadLettersParts) {
    const { options, core } = parts;
    this.states = new TopicStates(core, (work) => this.reading(work));
    this.office = new DeadLetterOffice({
      group: options?.consumer?.groupId ?? '',
      publish: deadLetterPublisher(core),
      now: Date.now,
      after: (ms, fn) => {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
    });
  }

  /** @internal */
  get sink(): DeadLetterSink {
    return this.office;
  }

  /** Told by the server when its handlers are known. @internal */
  serve(handlers: readonly Pick<HandlerBinding, 'deadLetter'>[], parking?: ParkingStore): void {
    this.deadLetterTopics = handlers.flatMap(({ deadLetter }) => deadLetter?.topic ?? []);
    this.parking = parking;
  }

  /**
   * One page of the letters that are meant: topic by topic, partition by partition, oldest first. One page looks through 200,000 records and holds 16 MiB
   * at most, so that it can be smaller than `limit`, or empty, and still have a `cursor`.
   */
  async list({ from, limit, cursor, ...filter }: DeadLetterListOptions = {}): Promise<DeadLetterPage> {
    const topics = this.topics({ from });
    const most = checkedLimit(limit);
    return this.reading((log) => listLetters({ log, states: this.states }, topics, filter, { limit: most, cursor }));
  }

  /** One letter. `undefined`: there is none with this id. */
  async get(id: string, source: DeadLetterSource = {}): Promise<DeadLetterEntry | undefined> {
    const topics = this.topics(source);
    return this.reading(async (log) => {
      for await (const window of selected({ log, states: this.states }, topics, id)) {
        for await (const { letter } of lettersOf({ log }, window)) return letter;
      }
      return undefined;
    });
  }

  /**
   * Gives letters back to their handlers, and to nobody else: one by its id, several, or all that a filter means, as far as they are open. Those of one key
   * in the order of their records, and not more than `rate` in a second. It resolves when all are stored where their handlers find them: whether they
   * succeed is told later, by the events, and by letters that are open again.
   *
   * With a parking store a letter takes its place in the lane of its key again. Without one it is published into its topic once more, which has to be
   * asked for with `republish`: rejects with `DeadLetterRepublishError`, which tells who would receive it. At least once: a process that dies while it
   * replays leaves letters `replaying`; with `force` they are replayed again.
   */
  async replay(selection: DeadLetterSelection, options: DeadLetterReplayOptions = {}): Promise<DeadLetterReplayReport> {
    const { core } = this.parts;
    const { parking } = this;
    checkedSelection(selection);
    const topics = this.topics(options);
    const rate = checkedRate(options.rate);
    const change = changeOptions(options);
    return this.reading(async (log) => {
      if (options.dryRun || !(parking || options.republish)) return this.survey(log, topics, selection, options);
      const bucket = new TokenBucket(rate, 1_000, () => performance.now());
      const report = await replayLetters(
        {
          log,
          states: this.states,
          deliver: (letters, replayId) =>
            parking ? park(parking, letters, replayId) : republish(core, letters, replayId),
          batch: Math.min(BATCH, Math.max(1, Math.floor(rate))),
          pace: async (count) => {
            await delay(bucket.msUntil(count));
            bucket.take(count);
          },
          newId: randomUUID,
          now: Date.now,
        },
        topics,
        selection,
        change,
      );
      this.tell('replayed', report, options);
      return report;
    });
  }

  /** Marks letters, as far as they are open, as what nobody wants any more, with the reason. The key of a held one goes on. They stay where they are. */
  async discard(
    selection: DeadLetterSelection,
    reason: string,
    options: DeadLetterChangeOptions = {},
  ): Promise<DeadLetterReport> {
    const { parking } = this;
    checkedSelection(selection);
    const topics = this.topics(options);
    const change = { ...changeOptions(options), why: checkedText(reason, 'reason') };
    const release = async ({ group, handler, orderingKey: key, record }: DeadLetterEntry) => {
      if (!parking)
        throw new ReliableKafkaError(
          "A held letter needs the parking store that holds its key: give the option 'parking'",
        );
      await parking.releaseKey({ group, handler, key, record });
    };
    return this.reading(async (log) => {
      const report = await discardLetters(
        { log, states: this.states, release, now: Date.now },
        topics,
        selection,
        change,
      );
      this.tell('discarded', report, options);
      return report;
    });
  }

  /**
   * Calls `action` when a record of this module's handlers dies, once its letter is stored; the record's offset passes when all actions have succeeded. An
   * action that fails, or takes more than ten seconds, stops the partition until it has; then the ones that have succeeded are not called again. After a
   * crash they may be. The answer takes it back.
   */
  onDead(action: DeadLetterAction): () => void {
    return this.office.onDead(action);
  }

  /** What a replay would do, or why it is not done. */
  private async survey(
    log: LogReader,
    topics: readonly string[],
    selection: DeadLetterSelection,
    options: DeadLetterReplayOptions,
  ): Promise<DeadLetterReplayReport> {
    const sources = new Set<string>();
    const look = async ({ letters }: { letters: readonly { readonly id: string }[] }, progress: Progress) => {
      for (const { id } of letters) sources.add(identityOf(id)!.topic);
      progress.done(letters.length);
    };
    const report = await changeLetters({ log, states: this.states }, topics, selection, changeOptions(options), look);
    if (this.parking) return report;
    const recipients: { topic: string; groups: readonly string[] }[] = [];
    for (const topic of sources) recipients.push({ topic, groups: await groupsOf(log.admin, topic) });
    if (!options.dryRun) throw new DeadLetterRepublishError(recipients);
    return { ...report, recipients };
  }

  private topics({ from = this.deadLetterTopics }: DeadLetterSource): readonly string[] {
    const topics = [...new Set([from].flat())].toSorted();
    if (topics.length > 0) return topics;
    throw new ReliableKafkaError(
      'There are no dead letter topics to look at: no handler of a ReliableKafkaServer that has started has one. Name them: { from: … }',
    );
  }

  private reading<T>(work: (log: LogReader) => Promise<T>): Promise<T> {
    const { options, log } = this.parts;
    return withLogReader({ client: options.client, log }, work);
  }

  private tell(what: string, { done, skipped }: DeadLetterReport, { by }: DeadLetterChangeOptions): void {
    const who = by === undefined ? '' : ` by ${by}`;
    const left = skipped.length === 0 ? '' : `; ${skipped.length} were left alone`;
    this.parts.log.log(`${done} dead letters were ${what}${who}${left}`);
  }
}

async function park(store: ParkingStore, letters: readonly DeadLetterEntry[], replayId: string): Promise<void> {
  await store.replay(
    letters.map(({ group, handler, orderingKey: key, id, record }) => ({
      group,
      handler,
      key,
      record: { ...record, headers: markReplay(record.headers, { replayId, letterId: id }) },
      replayId,
    })),
  );
}

function changeOptions({ force = false, by }: DeadLetterChangeOptions) {
  return { force, by: by === undefined ? undefined : checkedText(by, 'by') };
}
