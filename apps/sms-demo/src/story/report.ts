import type { LatencyComparison, Percentiles } from './latency.js';
import { percentiles } from './latency.js';
import type { MainRun } from './main-run.js';
import type { Throughput } from './throughput.js';

export interface Report {
  readonly services: string;
  readonly latencyMs: number;
  readonly concurrency: number;
  readonly restart: 'SIGTERM' | 'SIGKILL';
  readonly restarts: number;
  readonly fed: number;
  readonly users: number;
  readonly accepted: number;
  readonly refused: Record<string, number>;
  readonly errors: number;
  readonly dispatched: number;
  readonly delivered: number;
  readonly lost: number;
  readonly twice: number;
  readonly repeatedCalls: number;
  readonly outOfOrder: number;
  readonly overlapped: number;
  readonly stuck: number;
  readonly optOutHonoured: boolean;
  readonly gateway: Percentiles;
  readonly seconds: number;
  readonly hottestUser: { readonly userId: string; readonly messages: number; readonly boundSeconds: number };
  readonly latency: LatencyComparison;
  readonly throughput: readonly Throughput[];
  /** What was promised and not kept; empty when all is well. */
  readonly violations: readonly string[];
}

export interface Findings {
  readonly services: string;
  readonly latencyMs: number;
  readonly concurrency: number;
  readonly restart: 'SIGTERM' | 'SIGKILL';
  readonly restarts: number;
  readonly main: MainRun;
  readonly latency: LatencyComparison;
  readonly throughput: readonly Throughput[];
  readonly optOutHonoured: boolean;
}

export function reportOf({ main, ...rest }: Findings): Report {
  const { answers, verdict, records, operator, hottestUser } = main;
  return {
    ...rest,
    fed: main.fed,
    users: main.users,
    accepted: answers.accepted.length,
    refused: answers.refused,
    errors: answers.errors.length,
    ...verdict,
    delivered: records.delivered,
    repeatedCalls: operator.repeated,
    overlapped: operator.overlapped,
    stuck: main.stuck,
    gateway: percentiles(answers.latencies),
    seconds: main.seconds,
    hottestUser: { ...hottestUser, boundSeconds: (hottestUser.messages * rest.latencyMs) / 1000 },
    violations: violationsOf(main, rest.optOutHonoured),
  };
}

function violationsOf(
  { answers, verdict, records, operator, blank, stuck }: MainRun,
  optOutHonoured: boolean,
): string[] {
  const { blank_text: blankRefused = 0, ...otherRefusals } = answers.refused;
  const found: [boolean, string][] = [
    [answers.errors.length > 0, `${answers.errors.length} requests failed, the first one: ${answers.errors[0]}`],
    [blankRefused !== blank, `${blank} texts are blank, ${blankRefused} were refused for it`],
    [Object.keys(otherRefusals).length > 0, `refused for other reasons: ${JSON.stringify(otherRefusals)}`],
    [verdict.lost > 0, `${verdict.lost} accepted messages never reached the operator`],
    [verdict.twice > 0, `${verdict.twice} messages reached the operator twice, after its de-duplication`],
    [verdict.outOfOrder > 0, `${verdict.outOfOrder} messages overtook an earlier one of their user`],
    [operator.overlapped > 0, `${operator.overlapped} messages of one user were with the operator at once`],
    [
      records.delivered !== answers.accepted.length,
      `${answers.accepted.length} were accepted, the records of ${records.delivered} say delivered`,
    ],
    [stuck > 0, `${stuck} SMS are stuck: neither done, nor is a record on its way`],
    [!optOutHonoured, 'a number that answered STOP was sent to again'],
  ];
  return found.filter(([broken]) => broken).map(([, what]) => what);
}
