import type { ConfigurationProblem } from '../../contracts/index.js';
import { isMs, unknownOptions } from '../../idempotency/index.js';

export interface OutboxOptions {
  /** The DataSource, or the token of its provider. Default: TypeORM's class `DataSource`, by which `@nestjs/typeorm` provides the first one. */
  readonly dataSource?: unknown;
  /** The `name` of the `ReliableKafkaModule` that publishes. Default: the one without a name. */
  readonly kafka?: string;
  /**
   * How many transactions can commit at once: those whose records share a slot commit one after the other. The same in every process, and not to be
   * changed while records wait. Default 16.
   */
  readonly slots?: number;
  /** Whether this process publishes, too. One at least has to. Default true. */
  readonly relay?: boolean;
  /** Milliseconds after which the slots of a relay that stands still are taken over. Default 10,000. */
  readonly lease?: number;
  /** Milliseconds between two looks at what other processes have added; what this one adds is published at once. Default 500. */
  readonly pollEvery?: number;
  /** Whether tables that are missing are created at the start. Default true; see `reliableKafkaMigrations`. */
  readonly createTables?: boolean;
}

type Named = Required<Omit<OutboxOptions, 'dataSource' | 'kafka'>>;
export type SettledOutboxOptions = Named & OutboxOptions;

const DEFAULTS: Named = { slots: 16, relay: true, lease: 10_000, pollEvery: 500, createTables: true };
const OPTIONS = ['dataSource', 'kafka', ...Object.keys(DEFAULTS)];
const MOST_SLOTS = 1_000;
const SHORTEST_LEASE = 1_000;

/** How it is called in errors. */
export const OUTBOX = 'OutboxModule.forRoot()';

export function settled(options: OutboxOptions): SettledOutboxOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** What the compiler did not see. */
export function optionProblems(options: SettledOutboxOptions): ConfigurationProblem[] {
  const { slots, lease, pollEvery } = options;
  const problems: { what: string; remedy: string }[] = unknownOptions(options, OPTIONS);
  if (!(Number.isInteger(slots) && slots >= 1 && slots <= MOST_SLOTS))
    problems.push({ what: `its slots are ${String(slots)}`, remedy: `Give a whole number from 1 to ${MOST_SLOTS}.` });
  if (!(isMs(lease) && lease >= SHORTEST_LEASE && lease < 2 ** 31))
    problems.push({ what: `its lease is ${String(lease)}`, remedy: `Give at least ${SHORTEST_LEASE} milliseconds.` });
  if (!(isMs(pollEvery) && pollEvery < 2 ** 31))
    problems.push({ what: `its pollEvery is ${String(pollEvery)}`, remedy: 'Give at least 1 millisecond.' });
  return problems.map((problem) => ({ where: OUTBOX, ...problem }));
}
