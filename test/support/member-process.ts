import { createRecordSource } from '../../libs/reliable-kafka/src/kafka/index.js';
import { KeyedMember } from './keyed-member.js';

/** A member of a group in a process of its own, for a parent that stops it: tells assignments, runs and its lease, one line each. */
const [brokers, topic, groupId] = process.argv.slice(2) as [string, string, string];
const tell = (...words: string[]) => void process.stdout.write(`${words.join(' ')}\n`);

class TellingMember extends KeyedMember {
  override assigned(...given: Parameters<KeyedMember['assigned']>): bigint[] {
    tell('assigned');
    return super.assigned(...given);
  }

  override leaseChanged(): void {
    tell('lease', String(this.source.hasLease()));
  }
}

const witness = {
  started: ({ key, id }: { key: string; id: string }) => tell('started', key, id),
  ended: ({ key, id }: { key: string; id: string }) => tell('ended', key, id),
};
const member = new TellingMember(witness, () => 100);
member.source = createRecordSource({
  client: { brokers: brokers.split(',') },
  consumer: { groupId, sessionTimeout: 6_000, heartbeatInterval: 500 },
  topics: [topic],
  drainTimeout: 5_000,
  emit: () => undefined,
  log: console,
});
await member.source.start(member);
// Between two turns of the loop: what a turn has decided to start is told before this process stands still.
process.on('SIGUSR2', () => process.kill(process.pid, 'SIGSTOP'));
process.once('SIGTERM', () => void member.source.stop().then(() => process.exit()));
