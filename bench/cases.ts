import type { Skew } from './workload.js';

export interface Case {
  readonly name: string;
  readonly skew: Skew;
  readonly work: number;
  readonly inFlight: number;
  /** Share of all records that this case reads: slow work needs fewer. */
  readonly share: number;
  readonly consumers: readonly string[];
}

const all = ['raw', 'reliableKafka', 'serverKafka'];

export const cases: readonly Case[] = [
  { name: 'no-op, uniform keys', skew: 'uniform', work: 0, inFlight: 256, share: 1, consumers: all },
  { name: 'no-op, Zipf keys', skew: 'zipf', work: 0, inFlight: 256, share: 1, consumers: all },
  {
    name: '10 ms, 100 in flight',
    skew: 'uniform',
    work: 10,
    inFlight: 100,
    share: 0.5,
    consumers: ['reliableKafka'],
  },
  { name: '10 ms, 1,000 in flight', skew: 'uniform', work: 10, inFlight: 1000, share: 1, consumers: ['reliableKafka'] },
  {
    name: '100 ms, 1,000 in flight',
    skew: 'uniform',
    work: 100,
    inFlight: 1000,
    share: 0.25,
    consumers: ['reliableKafka'],
  },
  { name: '10 ms, ServerKafka', skew: 'uniform', work: 10, inFlight: 12, share: 0.01, consumers: ['serverKafka'] },
];
