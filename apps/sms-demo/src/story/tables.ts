import Table from 'cli-table3';
import type { Report } from './report.js';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const ms = (value: number) => `${tenth.format(value)} ms`;

/** The end of the demo, for a terminal. */
export function tables(report: Report): string {
  return [mainTable(report), latencyTable(report), throughputTable(report)].join('\n');
}

function mainTable(report: Report): string {
  const { blank_text: blank = 0, ...others } = report.refused;
  const otherRefusals = Object.values(others).reduce((sum, count) => sum + count, 0);
  const rows: [string, string | number][] = [
    ['messages fed', report.fed],
    ['users', report.users],
    ['accepted by the gateway', report.accepted],
    ['refused: blank texts', blank],
    ['refused or failed for other reasons', otherRefusals + report.errors],
    ['dispatched to the operator', report.dispatched],
    ['delivered', report.delivered],
    ['lost', report.lost],
    ['twice at the operator, after its de-duplication', report.twice],
    ['   calls that repeated an idempotency key', report.repeatedCalls],
    ['out of order per user', report.outOfOrder],
    ['two of one user at the operator at once', report.overlapped],
    ['stuck without a record', report.stuck],
    ['number that answered STOP refused afterwards', report.optOutHonoured ? 'yes' : 'NO'],
  ];
  const when = report.restarts === 1 ? 'in the middle' : `${report.restarts} times`;
  const head = [`Main run, dispatcher restarted ${when} by ${report.restart}`, ''];
  return table(
    head,
    rows.map(([what, value]) => [what, typeof value === 'number' ? whole.format(value) : value]),
  );
}

function latencyTable({ latency, gateway, fed }: Report): string {
  const { before, after, requests, queued, synchronous } = latency;
  return table(
    [`What the gateway's client waits`, 'p50', 'p99'],
    [
      [`with the queue: ${before} ms of work before it (${requests} requests)`, ms(queued.p50), ms(queued.p99)],
      [
        `the same work synchronously: ${before} ms + ${after} ms (${requests} requests)`,
        ms(synchronous.p50),
        ms(synchronous.p99),
      ],
      [
        `main run, no simulated work before the queue (${whole.format(fed)} requests)`,
        ms(gateway.p50),
        ms(gateway.p99),
      ],
    ],
  );
}

function throughputTable({ throughput, seconds, dispatched, hottestUser, latencyMs }: Report): string {
  const { userId, messages, boundSeconds } = hottestUser;
  const samples = throughput.map(({ messages: count, concurrency, rate, limit }) => [
    `backlog of ${whole.format(count)}, one each of as many users, concurrency ${concurrency}`,
    `${tenth.format(rate)}/s`,
    `limit by latency ${whole.format(limit)}/s`,
  ]);
  const main = [
    `main run, from the first request to the last arrival: ${tenth.format(seconds)} s`,
    `${tenth.format(dispatched / seconds)}/s`,
    `hottest user ${userId}: ${whole.format(messages)} x ${latencyMs} ms = at least ${tenth.format(boundSeconds)} s`,
  ];
  return table([`Throughput at the operator, which takes ${latencyMs} ms for a message`, '', ''], [...samples, main]);
}

/** Lines between the rows would only take room. */
const NO_LINES = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

function table([title, ...columns]: string[], rows: string[][]): string {
  const colAligns = [title, ...columns].map((_, column) => (column === 0 ? 'left' : 'right') as 'left' | 'right');
  const drawn = new Table({ colAligns, chars: NO_LINES, style: { head: [], border: [] } });
  if (columns.some(Boolean)) drawn.push(['', ...columns]);
  drawn.push(...rows);
  return `\n${title}\n${drawn.toString()}`;
}
