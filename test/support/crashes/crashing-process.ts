import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { ConsumerRuntime } from '../../../libs/reliable-kafka/src/consumer/index.js';
import type { OffsetCommit, RecordSource } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { createRecordSource } from '../../../libs/reliable-kafka/src/kafka/index.js';
import { binding, silent } from '../consumers.js';
import type { CrashingSetup } from './fleet.js';

/** A consumer in a process of its own, which some records kill. What it tells is written before anything else happens. */
const setup = JSON.parse(process.argv[2]!) as CrashingSetup;
const { brokers, topic, deadLetterTopic, groupId, killers, sessionTimeout } = setup;
const tell = (...words: unknown[]) => void writeSync(1, `${process.hrtime.bigint()} ${words.join(' ')}\n`);

const client = { brokers, logLevel: logLevel.NOTHING, retry: { retries: 30 } };
const consumer = { groupId, sessionTimeout, heartbeatInterval: sessionTimeout / 10, maxWaitTimeInMs: 50 };
const deadLetter = { topic: deadLetterTopic };
const producer = new Kafka(client).producer();
await producer.connect();

const runtime = new ConsumerRuntime({
  options: { client, consumer, drainTimeout: 5_000, concurrency: 16 },
  bindings: [
    binding(
      async ({ payload: { key, id } }) => {
        tell('started', key, id);
        await pause(Math.random() * 10);
        if (killers.includes(id)) process.kill(process.pid, 'SIGKILL');
        tell('ended', key, id);
      },
      { topic, deadLetter },
    ),
  ],
  decode: ({ value }) => JSON.parse(value!.toString()),
  emit: ({ type }) => {
    if (type.startsWith('caution')) tell(type);
  },
  log: silent,
  deadLetters: {
    bury: async ({ record, reason }) => {
      const { id } = JSON.parse(record.value!.toString());
      await producer.send({ topic: deadLetterTopic, messages: [{ key: record.key, value: `${id} ${reason}` }] });
    },
  },
  source: source(),
});
process.on('SIGTERM', () => void runtime.close().then(() => process.exit()));
await runtime.start();

function source(): RecordSource {
  const own = createRecordSource({
    client,
    consumer,
    topics: [topic],
    drainTimeout: 5_000,
    emit: () => undefined,
    log: silent,
  });
  const commit = own.commit.bind(own);
  if (setup.isForgetful)
    own.commit = (assignment, commits: readonly OffsetCommit[]) =>
      commit(
        assignment,
        commits.map((one) => ({ ...one, metadata: '' })),
      );
  return own;
}
