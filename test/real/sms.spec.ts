import { size } from '../support/long.js';
import { runDemo } from '../support/run-demo.js';

/** The whole platform on Apache Kafka, PostgreSQL and Redis, a twentieth of the operator's calls failing, its dispatcher killed by SIGKILL again and again. */
describe('npm run demo -- --real', () => {
  it('brings each SMS to the operator exactly once, in order, and leaves none stuck', async () => {
    const [count, restarts] = [size(1_200, 20_000), size(3, 10)];
    const blank = count / 400;
    const options = ['--count', `${count}`, '--restarts', `${restarts}`, '--failure-rate', '0.05', '--latency', '5'];
    const { code, output, report } = await runDemo('--real', '--kill', ...options);
    expect({ output, violations: report?.violations }).toEqual({ output, violations: [] });
    expect(code).toBe(0);
    const [fed, accepted] = [count, count - blank];
    expect(report).toMatchObject({ restart: 'SIGKILL', restarts, fed, accepted, dispatched: accepted });
    expect(report).toMatchObject({ delivered: accepted, lost: 0, twice: 0, outOfOrder: 0, overlapped: 0, stuck: 0 });
    expect(report!.optOutHonoured).toBe(true);
    expect(report!.repeatedCalls).toBeGreaterThan(0);
  }, 900_000);
});
