import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { realServices, services } from '../test/services/index.js';
import { type Case, cases } from './cases.js';
import type { Measured, Task } from './measure.js';
import { type Row, table } from './table.js';
import { fill, hottest, type Skew } from './workload.js';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const program = new Command('bench')
  .description('Compares consumers on one Kafka, in one run, each in a process of its own, in turns.')
  .option('--records <n>', 'records per topic', Number, 400_000)
  .option('--rounds <n>', 'times that every case is measured; the median counts', Number, 3)
  .option('--only <text>', 'only cases whose name contains it', '')
  .parse();
const options = program.opts<{ records: number; rounds: number; only: string }>();

/** The shortest time that the case can take: its work over the slots, or the hottest key's over one. */
function limit({ skew, work, inFlight }: Case, records: number): number | undefined {
  return work === 0 ? undefined : Math.max((records * work) / inFlight, hottest(skew, records) * work);
}

/** A consumer in a process of its own, on the package as it is built: `bench/tsconfig.json` has no paths into its sources. */
async function measure(consumer: string, task: Task): Promise<Measured> {
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', file('consume.ts'), consumer, JSON.stringify(task)],
    {
      env: { ...process.env, TSX_TSCONFIG_PATH: file('tsconfig.json') },
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

async function main(): Promise<void> {
  const wasUp = (await services.status()).find(({ name }) => name === 'kafka')!.up;
  if (!wasUp) await services.up(['kafka']);
  try {
    const { brokers } = realServices().kafka;
    const topics: Record<Skew, string> = { uniform: `bench-uniform-${Date.now()}`, zipf: `bench-zipf-${Date.now()}` };
    for (const [skew, topic] of Object.entries(topics) as [Skew, string][]) {
      await fill(brokers, topic, skew, options.records, (sent) => process.stderr.write(`\r${topic}: ${sent} records`));
      process.stderr.write('\n');
    }
    const rows: Row[] = [];
    for (const one of cases.filter(({ name }) => name.includes(options.only))) {
      const records = Math.floor(options.records * one.share);
      const task: Task = { brokers, topic: topics[one.skew], records, work: one.work, inFlight: one.inFlight };
      const taken = new Map<string, Measured[]>(one.consumers.map((consumer) => [consumer, []]));
      for (let round = 0; round < options.rounds; round++) {
        for (const consumer of one.consumers) {
          process.stderr.write(`${one.name}: ${consumer}, round ${round + 1} of ${options.rounds}\n`);
          taken.get(consumer)!.push(await measure(consumer, task));
        }
      }
      rows.push({ name: one.name, records, limitMs: limit(one, records), taken: Object.fromEntries(taken) });
    }
    const machine = { cpus: cpus().length, model: cpus()[0]!.model, node: process.version };
    writeFileSync(file('results.json'), `${JSON.stringify({ machine, rounds: options.rounds, rows }, null, 2)}\n`);
    writeFileSync(file('results.md'), table(rows, machine));
    console.log(table(rows, machine));
  } finally {
    if (!wasUp) await services.down(['kafka']);
  }
}

await main();
