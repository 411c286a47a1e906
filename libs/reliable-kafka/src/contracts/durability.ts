/**
 * What becomes of an audit's findings at start.
 * - `warn`: they are logged, one line for all topics that share a finding
 * - `refuse`: those with which records can be lost, or run again unnoticed, are start-up errors, and so is a broker that does not tell; the others
 *   are logged
 * - `off`: nothing is asked
 */
export type AuditMode = 'off' | 'warn' | 'refuse';

/** A setting of a topic, as Kafka names and means it. */
export type TopicConfig = Readonly<Record<string, string | number | boolean>>;

/** What an audit cannot know by itself. */
export interface DurabilityOptions {
  /** The longest time, in milliseconds, for which this application may be away or behind and still find every record. Not compared when absent. */
  readonly longestOutage?: number;
}
