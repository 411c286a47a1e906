import type { DeadLetterFilter, DeadLetterReport } from '../../retry/index.js';

export interface DeadLetterListOptions extends DeadLetterFilter, DeadLetterSource {
  /** Letters on a page. Default 100, 1,000 at most. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

export interface DeadLetterSource {
  /** The dead letter topics. Default: those of the module's handlers; needed in an application without any. */
  readonly from?: string | readonly string[];
}

export interface DeadLetterChangeOptions extends DeadLetterSource {
  /** Also letters that are replayed or discarded already, or are being replayed. Default false. */
  readonly force?: boolean;
  /** Who does it, to be kept with the letter. */
  readonly by?: string;
}

export interface DeadLetterReplayOptions extends DeadLetterChangeOptions {
  /** Letters per second at most. Default 100. */
  readonly rate?: number;
  /** Without a parking store: publish the records into their topics once more, where other groups receive them, too. Default false: it is refused. */
  readonly republish?: boolean;
  /** Replays nothing: `done` counts what would be replayed, and `recipients` tells who would receive it. Default false. */
  readonly dryRun?: boolean;
}

/** Who receives the records of a topic that are published once more. */
export interface DeadLetterRecipients {
  readonly topic: string;
  /** As far as can be seen: groups with commits for the topic, or with a member that subscribes to it. */
  readonly groups: readonly string[];
}

export interface DeadLetterReplayReport extends DeadLetterReport {
  /** Without a parking store. */
  readonly recipients?: readonly DeadLetterRecipients[];
}
