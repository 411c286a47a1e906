import { writeFile } from 'node:fs/promises';
import { generate, InputError, type Message, readMessages } from './messages/index.js';
import { type DemoOptions, parseOptions } from './options.js';
import { Platform } from './platform/index.js';
import { embeddedServices, realServicesOfThisRun } from './services/index.js';
import { type Report, tables, tellStory } from './story/index.js';

const DEFAULT_COUNT = 1_000;

/** 0: every guarantee held. 1: one was broken, or the run could not be made. */
async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const messages = await messagesOf(options);
  const started = Date.now();
  const report = await Promise.race([run(options, messages), interruption()]);
  if (options.report) await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
  console.log(tables(report));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (report.violations.length === 0) {
    console.log(`Every guarantee held. ${seconds} s in all, on ${report.services}.`);
    return 0;
  }
  console.error(`BROKEN:\n${report.violations.map((violation) => `  - ${violation}`).join('\n')}`);
  return 1;
}

async function messagesOf({ input, count }: DemoOptions): Promise<Message[]> {
  return input ? readMessages(input, count) : generate(count ?? DEFAULT_COUNT);
}

/** What has to be undone, the latest first; also when the run is interrupted. */
const undo: (() => Promise<void>)[] = [];

async function run(options: DemoOptions, messages: Message[]): Promise<Report> {
  console.log(`Starting Kafka, PostgreSQL and Redis (${options.real ? 'real' : 'embedded'})`);
  const services = await (options.real ? realServicesOfThisRun() : embeddedServices());
  undo.push(() => services.stop());
  console.log('Starting gateway, dispatcher and operator');
  const platform = await Platform.start(services, { ...options, concurrency: 1 });
  undo.push(() => platform.stop());
  const report = await tellStory(platform, messages, options);
  if (report.violations.length === 0) undo.unshift(() => platform.deleteLogs());
  else console.error(`The services' logs: ${platform.logFolder}`);
  return report;
}

function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`got ${signal}`)));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof InputError ? error.message : error);
  process.exitCode = 1;
} finally {
  while (undo.length > 0) await undo.pop()!().catch((error: unknown) => console.error(error));
}
process.exit();
