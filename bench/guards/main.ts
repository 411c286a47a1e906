import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { Kafka, logLevel } from 'kafkajs';
import { realServices, services } from '../../test/services/index.js';
import type { Measured } from '../measure.js';
import { PARTITIONS } from '../workload.js';
import { cases, type GuardCase } from './cases.js';
import { effects, prepare } from './database.js';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const BATCH = 5_000;

const { rounds, only } = new Command('bench:guards')
  .description('Compares each guard, on Kafka, with the same work by hand on its store alone, in one run, in turns.')
  .option('--rounds <n>', 'times that every case is measured; the median counts', Number, 3)
  .option('--only <text>', 'only cases whose name contains it', '')
  .parse()
  .opts<{ rounds: number; only: string }>();

async function measure(who: 'ours' | 'byHand', { guard }: GuardCase, topic: string): Promise<Measured> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file('run.ts'), who, guard, topic], {
    env: { ...process.env, TSX_TSCONFIG_PATH: file('../tsconfig.json') },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

async function fill(topic: string, records: number): Promise<void> {
  const kafka = new Kafka({ brokers: realServices().kafka.brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1, configEntries: MIN_ISR }],
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (let sent = 0; sent < records; sent += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, records - sent) }, (_, i) => ({
      key: `${sent + i}`,
      value: JSON.stringify({ id: sent + i, version: 1 }),
    }));
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}
const MIN_ISR = [{ name: 'min.insync.replicas', value: '1' }];

/** What a case must have left behind, whoever did it. */
async function check({ guard, records }: GuardCase): Promise<void> {
  const left = await effects();
  const found = {
    uniqueKeyClaims: records,
    uniqueKey: left.inserted,
    uniqueKeyBatched: left.inserted,
    versionGuard: left.versioned,
    statusGuard: left.done,
  };
  if (guard !== 'setNx' && found[guard] !== records)
    throw new Error(`${guard}: ${found[guard]} effects of ${records} records`);
}

interface Row {
  readonly name: string;
  readonly records: number;
  readonly byHand: Measured[];
  readonly ours: Measured[];
}

function table(rows: readonly Row[]): string {
  const lines = [
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0]!.model}); rates in records per second, medians of ${rounds}; ratios round by round.`,
    '',
    '| guard | records | the store by hand | nestjs-reliable-kafka | of it |',
    '|---|---|---|---|---|',
    ...rows.map(({ name, records, byHand, ours }) => {
      const rate = (taken: Measured[]) =>
        Math.round(median(taken.map(({ ms }) => (records / ms) * 1000))).toLocaleString('en');
      const ratio = median(ours.map(({ ms }, round) => byHand[round]!.ms / ms)).toFixed(2);
      return `| ${name} | ${records.toLocaleString('en')} | ${rate(byHand)} | ${rate(ours)} | ${ratio} |`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const needed = ['kafka', 'postgres', 'redis'] as const;
const mine = (await services.status())
  .filter(({ name, up }) => !up && needed.includes(name as never))
  .map(({ name }) => name);
if (mine.length > 0) await services.up(mine);
try {
  const rows: Row[] = [];
  for (const one of cases.filter(({ name }) => name.includes(only))) {
    const topic = `bench-guard-${one.guard}-${Date.now()}`;
    await fill(topic, one.records);
    const row: Row = { name: one.name, records: one.records, byHand: [], ours: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const who of ['byHand', 'ours'] as const) {
        process.stderr.write(`${one.name}: ${who}, round ${round} of ${rounds}\n`);
        await prepare(one.records);
        row[who].push(await measure(who, one, topic));
        await check(one);
      }
    }
    rows.push(row);
  }
  const machine = { cpus: cpus().length, model: cpus()[0]!.model, node: process.version };
  writeFileSync(file('../guards.json'), `${JSON.stringify({ machine, rounds, rows }, null, 2)}\n`);
  writeFileSync(file('../guards.md'), table(rows));
  console.log(table(rows));
} finally {
  if (mine.length > 0) await services.down(mine);
}
