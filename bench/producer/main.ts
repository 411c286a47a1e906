import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { Kafka, logLevel } from 'kafkajs';
import { createTopic } from '../../test/support/create-topic.js';
import { realServices, services } from '../../test/services/index.js';
import type { Measured } from '../measure.js';
import { PARTITIONS } from '../workload.js';
import { cases, type ProducerCase } from './cases.js';
import { distant } from './latency.js';
import type { Task } from './run.js';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const { records, rounds, only, latency } = new Command('bench:producer')
  .description('Compares producers on one Kafka, in one run, each in a process of its own, in turns.')
  .option('--records <n>', 'records of the fastest cases', Number, 200_000)
  .option('--rounds <n>', 'times that every case is measured; the median counts', Number, 3)
  .option('--only <text>', 'only cases whose name contains it', '')
  .option('--latency <ms>', 'how far away the brokers are in the second column, each way', Number, 5)
  .parse()
  .opts<{ records: number; rounds: number; only: string; latency: number }>();

/** How the brokers are reached. */
type Way = 'near' | 'far';

interface Row {
  readonly name: string;
  readonly records: number;
  readonly taken: Readonly<Record<Way, Measured[]>>;
}

async function measure(task: Task): Promise<Measured> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file('run.ts'), JSON.stringify(task)], {
    env: { ...process.env, TSX_TSCONFIG_PATH: file('../tsconfig.json') },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

/** Three replicas of which two must have a record: what `acks: -1` is worth something with. */
async function create(brokers: string[], topic: string): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'min.insync.replicas', value: '2' }];
  await createTopic(admin, { topic, numPartitions: PARTITIONS, replicationFactor: 3, configEntries });
  await admin.disconnect();
}

/** Throws unless the topic holds what was sent. */
async function check(brokers: string[], topic: string, atLeast: number): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const stored = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  if (stored < atLeast) throw new Error(`${topic} holds ${stored} records, not ${atLeast}`);
}

function table(rows: readonly Row[]): string {
  const rate = ({ taken, records }: Row, way: Way) =>
    Math.round(median(taken[way].map(({ ms }) => (records / ms) * 1000))).toLocaleString('en');
  const cpu = ({ taken, records }: Row) => median(taken.near.map(({ cpuMs }) => (cpuMs / records) * 1000)).toFixed(1);
  const lines = [
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0]!.model}); records per second, medians of ${rounds}; three replicas, \`acks: -1\`.`,
    '',
    `| producer | records | brokers near | brokers ${latency} ms away | µs of CPU per record |`,
    '|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.name} | ${row.records.toLocaleString('en')} | ${rate(row, 'near')} | ${rate(row, 'far')} | ${cpu(row)} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const wasUp = (await services.status()).find(({ name }) => name === 'kafka')!.up;
if (!wasUp) await services.up(['kafka']);
try {
  const { brokers } = realServices().kafka;
  const far: Record<number, number> = {};
  for (const port of brokers.map((broker) => Number(broker.split(':')[1]))) far[port] = await distant(port, latency);
  const ways: [Way, Task['ports']][] = [
    ['near', {}],
    ['far', far],
  ];
  const wanted: ProducerCase[] = cases.filter(({ name }) => name.includes(only));
  const rows: Row[] = wanted.map(({ name, share }) => ({
    name,
    records: records * share,
    taken: { near: [], far: [] },
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, records, taken } of rows) {
      for (const [way, ports] of ways) {
        process.stderr.write(`${name}, ${way}, round ${round} of ${rounds}\n`);
        const topic = `bench-producer-${Date.now()}`;
        await create(brokers, topic);
        taken[way].push(await measure({ name, brokers, ports, topic, records }));
        await check(brokers, topic, records);
      }
    }
  }
  const machine = { cpus: cpus().length, model: cpus()[0]!.model, node: process.version };
  writeFileSync(file('../producer.json'), `${JSON.stringify({ machine, rounds, latency, rows }, null, 2)}\n`);
  writeFileSync(file('../producer.md'), table(rows));
  console.log(table(rows));
} finally {
  if (!wasUp) await services.down(['kafka']);
}
