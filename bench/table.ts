import type { Measured } from './measure.js';

export interface Row {
  readonly name: string;
  readonly records: number;
  readonly limitMs: number | undefined;
  readonly taken: Readonly<Record<string, readonly Measured[]>>;
}

/** The rows as Markdown: records per second (median of the rounds), and ratios taken round by round, since a machine's speed drifts. */
export function table(rows: readonly Row[], machine: { cpus: number; model: string; node: string }): string {
  const lines = [
    `Node ${machine.node}, ${machine.cpus} cores (${machine.model}); rates in records per second, medians.`,
    '',
    '| case | records | kafkajs `eachBatch` | ServerKafka | nestjs-reliable-kafka | to `eachBatch` | to ServerKafka | share of the limit |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => {
      const { raw, serverKafka, reliableKafka } = row.taken;
      const ofLimit =
        reliableKafka && row.limitMs ? median(reliableKafka.map(({ ms }) => row.limitMs! / ms)).toFixed(2) : '';
      const cells = [
        row.name,
        row.records.toLocaleString('en'),
        rate(row, raw),
        rate(row, serverKafka),
        rate(row, reliableKafka),
      ];
      return `| ${[...cells, ratio(raw, reliableKafka), ratio(serverKafka, reliableKafka), ofLimit].join(' | ')} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function rate({ records }: Row, taken: readonly Measured[] | undefined): string {
  return taken ? Math.round(median(taken.map(({ ms }) => (records / ms) * 1000))).toLocaleString('en') : '';
}

function ratio(theirs: readonly Measured[] | undefined, ours: readonly Measured[] | undefined): string {
  return theirs && ours ? `${median(ours.map(({ ms }, round) => theirs[round]!.ms / ms)).toFixed(2)} x` : '';
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
