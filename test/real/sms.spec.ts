import { runDemo } from '../support/run-demo.js';

/** The whole platform on Apache Kafka, PostgreSQL and Redis, its dispatcher killed by SIGKILL in the middle. */
describe('npm run demo -- --real', () => {
  it('loses, repeats and reorders nothing', async () => {
    const { code, output, report } = await runDemo('--real', '--kill', '--count', '1200', '--failure-rate', '0.02');
    expect({ output, violations: report?.violations }).toEqual({ output, violations: [] });
    expect(code).toBe(0);
    expect(report).toMatchObject({ restart: 'SIGKILL', fed: 1200, accepted: 1197, dispatched: 1197, delivered: 1197 });
    expect(report).toMatchObject({ lost: 0, twice: 0, outOfOrder: 0, overlapped: 0, optOutHonoured: true });
  }, 500_000);
});
