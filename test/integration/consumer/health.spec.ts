import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from 'nestjs-reliable-kafka/testing';
import type {
  DeadLetterSink,
  HealthReport,
  HealthStatus,
  Probe,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import { FatalError, InfrastructureError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { fixed } from '../../../libs/reliable-kafka/src/retry/index.js';
import { Health } from '../../../libs/reliable-kafka/src/telemetry/index.js';
import { barrier, binding, consumer, send, type TestConsumer, values } from '../../support/consumers.js';

/** A backend whose probe says what the test wants. */
class Service implements Probe {
  readonly backend = 'database';
  isDown = false;

  async probe(): Promise<void> {
    if (this.isDown) throw new Error('connection refused');
  }
}

describe("a consumer's health", () => {
  let kafka: EmbeddedKafka;
  let service: Service;
  let refusesWrites: boolean;
  let made: TestConsumer;
  let health: Health;
  let noted: number;

  const deadLetters: DeadLetterSink = {
    async bury() {
      if (refusesWrites) throw new Error('NOT_ENOUGH_REPLICAS');
    },
  };

  beforeEach(async () => {
    kafka = await EmbeddedKafka.start({ topics: { work: 2 } });
    service = new Service();
    refusesWrites = false;
    health = new Health(() => Date.now(), 60_000);
    noted = 0;
  });

  afterEach(async () => {
    await made.runtime.close();
    await kafka.stop();
  });

  async function start(...[run, more]: Parameters<typeof binding>): Promise<void> {
    made = consumer(
      kafka.brokers,
      [binding(run, { commit: { after: 'record', mode: 'async' }, ...more })],
      { drainTimeout: 500 },
      { deadLetters, probes: [service] },
    );
    await made.runtime.start();
    await made.event('assigned');
  }

  function look(): HealthReport {
    for (; noted < made.events.length; noted++) health.note(made.events[noted]!);
    return health.look(made.runtime.condition());
  }

  async function becomes(status: HealthStatus): Promise<HealthReport> {
    for (;;) {
      const report = look();
      if (report.status === status) return report;
      await new Promise(setImmediate);
    }
  }

  it('is red while a backend is down, as its probe says, and green when it is back', async () => {
    await start(async () => {
      if (service.isDown) throw new InfrastructureError('refused', { backend: 'database' });
    });
    service.isDown = true;
    await send(kafka.brokers, 'work', values(2, 2), 0);
    expect((await becomes('red')).reasons).toMatchObject([
      { code: 'outage', backend: 'database', message: expect.stringMatching(/^database is down: 1 partition of this/) },
    ]);
    service.isDown = false;
    await becomes('green');
    await made.event('committed', ({ offset }) => offset === 2n);
  });

  it('is red while a dead letter topic refuses writes, and yellow for the dead letter then', async () => {
    refusesWrites = true;
    await start(
      async () => {
        throw new FatalError('never');
      },
      { deadLetter: { topic: 'work-dlt' } },
    );
    await send(kafka.brokers, 'work', values(1, 1), 0);
    expect((await becomes('red')).reasons).toMatchObject([{ code: 'outage', backend: 'dead letter topic work-dlt' }]);
    refusesWrites = false;
    expect((await becomes('yellow')).reasons).toMatchObject([
      {
        code: 'dead-letters',
        handler: 'Test.handle',
        topic: 'work',
        message: expect.stringContaining('went to work-dlt'),
      },
    ]);
  });

  it('counts a failing key also while its attempt runs, and once', async () => {
    const [sixth, opened] = [barrier(), barrier()];
    await start(
      async ({ attempt }) => {
        if (attempt <= 6) throw new Error('not yet');
        sixth.open();
        await opened.opened;
      },
      { retry: { backoff: fixed(1) } },
    );
    await send(kafka.brokers, 'work', values(1, 1), 0);
    await sixth.opened;
    expect(look().reasons).toMatchObject([{ code: 'keys-failing', message: expect.stringContaining('1 key of work') }]);
    opened.open();
    await becomes('green');
  });

  it('knows what waits for its first attempts from what fails', async () => {
    await start(
      async () => {
        throw new Error('not yet');
      },
      { retry: { backoff: fixed(60_000) } },
    );
    await send(kafka.brokers, 'work', values(3, 3), 0);
    await made.event('attempt-failed', ({ record }) => record.offset === 2n);
    expect(look().status).toBe('green');
  });
});
