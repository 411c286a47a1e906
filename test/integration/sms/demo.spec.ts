import { runDemo } from '../../support/run-demo.js';

describe('npm run demo, on embedded services', () => {
  it('loses, repeats and reorders nothing when the dispatcher is killed in the middle', async () => {
    const { code, output, report } = await runDemo(
      '--count',
      '600',
      '--latency',
      '5',
      '--failure-rate',
      '0.05',
      '--kill',
    );
    expect({ output, violations: report?.violations }).toEqual({ output, violations: [] });
    expect(code).toBe(0);
    expect(report).toMatchObject({ restart: 'SIGKILL', fed: 600, refused: { blank_text: 1 }, accepted: 599 });
    expect(report).toMatchObject({ dispatched: 599, delivered: 599, lost: 0, twice: 0, outOfOrder: 0, overlapped: 0 });
    expect(report!.repeatedCalls).toBeGreaterThan(0);
    expect(report!.latency.queued.p50).toBeLessThan(report!.latency.synchronous.p50);
    const [alone, together] = report!.throughput;
    expect(together.rate).toBeGreaterThan(alone.rate);
  }, 400_000);

  it.each([
    [['--count', '0'], 'It must be a whole number from 1 to 1000000'],
    [['--input', 'nowhere.jsonl'], 'nowhere.jsonl cannot be read: ENOENT'],
  ])(
    'says what is wrong with %j, and ends with 1',
    async (options, message) => {
      const { code, output } = await runDemo(...options);
      expect(output).toContain(message);
      expect(code).toBe(1);
    },
    60_000,
  );
});
