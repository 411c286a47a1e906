import { randomUUID } from 'node:crypto';
import { byHand } from './by-hand.js';
import { cases } from './cases.js';
import { ours } from './ours.js';

/** One measurement in a process of its own: takes who, the guard and the topic as arguments, prints what it measured. */
const [who, guard, topic] = process.argv.slice(2) as [string, string, string];
const one = cases.find((each) => each.guard === guard)!;
console.log(JSON.stringify(await (who === 'ours' ? ours(one, topic, `bench-${randomUUID()}`) : byHand(one))));
process.exit(0);
