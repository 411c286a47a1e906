import type { EncodedRecord } from '../contracts/index.js';

/** Consecutive records of one partition that travel, and are stored, together. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly EncodedRecord[];
  /** When its senders stop waiting for it, in ms since the epoch. */
  readonly expires: number;
}

/** What became of a batch: all of its records share it. */
export type BatchOutcome =
  | {
      readonly status: 'stored';
      readonly baseOffset: bigint;
      /** The broker's time (ms) for topics with LogAppendTime. */
      readonly appendTime: number | undefined;
    }
  | {
      readonly status: 'not-stored' | 'unknown';
      readonly error: unknown;
      /** The batch was refused for its size: smaller ones may pass. */
      readonly tooLarge?: boolean;
    };

/** Room for what surrounds key and value on the wire: lengths, deltas, attributes. */
const OVERHEAD = 32;

/** About how many bytes the record takes on the wire; never too few by more than some bytes a header. */
export function wireSize({ key, value, headers }: EncodedRecord): number {
  let bytes = OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) {
    const header = headers[name];
    for (const one of Array.isArray(header) ? header : [header]) {
      bytes += name.length + (one === undefined ? 0 : Buffer.byteLength(one)) + 8;
    }
  }
  return bytes;
}
