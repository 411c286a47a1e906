import { connect } from 'node:net';
import { type ISocketFactory, logLevel } from 'kafkajs';
import type { Measured } from '../measure.js';
import { cases } from './cases.js';
import { messages, senderOf } from './senders.js';

/** What a producer process is told. */
export interface Task {
  readonly name: string;
  readonly brokers: string[];
  /** Where each broker's port is reached. */
  readonly ports: Readonly<Record<number, number>>;
  readonly topic: string;
  readonly records: number;
}

const { name, brokers, ports, topic, records } = JSON.parse(process.argv[2]!) as Task;
const one = cases.find((each) => each.name === name)!;
const socketFactory: ISocketFactory = ({ host, port, onConnect }) =>
  connect({ host, port: ports[port] ?? port, noDelay: true }, onConnect);
const sender = await senderOf(one, { brokers, socketFactory, logLevel: logLevel.NOTHING }, topic);
const all = messages(records + one.perCall);
await sender.call(all.splice(0, one.perCall));
await sender.end();

const [began, cpu] = [performance.now(), process.cpuUsage()];
let next = 0;
await Promise.all(
  Array.from({ length: one.inFlight }, async () => {
    while (next < records) {
      const from = next;
      next += one.perCall;
      await sender.call(all.slice(from, from + one.perCall));
    }
  }),
);
await sender.end();
const { user, system } = process.cpuUsage(cpu);
const measured: Measured = { ms: performance.now() - began, cpuMs: (user + system) / 1000 };
console.log(JSON.stringify(measured));
process.exit(0);
