import { randomUUID } from 'node:crypto';
import type { Measured, Task } from './measure.js';
import { raw } from './consumers/raw.js';
import { reliableKafka } from './consumers/reliable-kafka.js';
import { serverKafka } from './consumers/server-kafka.js';

/** One consumer in a process of its own: takes a task as its argument, prints what it measured. */
export const consumers: Record<string, (task: Task, groupId: string) => Promise<Measured>> = {
  raw,
  reliableKafka,
  serverKafka,
};

async function main(): Promise<void> {
  const [name, task] = process.argv.slice(2) as [string, string];
  console.log(JSON.stringify(await consumers[name]!(JSON.parse(task) as Task, `bench-${randomUUID()}`)));
}

await main();
process.exit(0);
