import { describe, expect, it } from '@jest/globals';
import { kafkaJsOptions } from './source-options.js';
import { optionProblems } from './start-up-checks.js';

const problems = (consumer: object, drainTimeout = 25_000) =>
  optionProblems(kafkaJsOptions({ groupId: 'g', ...consumer }, 300_000), drainTimeout).map(({ where }) => where);

describe('the options of a consumer', () => {
  it('are fine as they come', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ rebalanceTimeout: undefined, maxWaitTimeInMs: undefined })).toEqual([]);
  });

  it('leave a drain, the heartbeat that tells of it and two fetches within the rebalance timeout', () => {
    // 25,000 + 3,000 + 2 x 250 = 28,500
    expect(problems({ rebalanceTimeout: 28_501 })).toEqual([]);
    expect(problems({ rebalanceTimeout: 28_500 })).toEqual(['consumer.rebalanceTimeout']);
    expect(problems({ maxWaitTimeInMs: 16_000 })).toEqual(['consumer.rebalanceTimeout']);
    expect(problems({}, 56_500)).toEqual(['consumer.rebalanceTimeout']);
  });

  it('do not bound the requests in flight: the commits of a drain would wait behind the held join', () => {
    expect(problems({ maxInFlightRequests: 1 })).toEqual(['consumer.maxInFlightRequests']);
  });

  it('are all told at once', () => {
    expect(problems({ groupId: '', maxInFlightRequests: 1, rebalanceTimeout: 1, heartbeatInterval: 30_000 })).toEqual([
      'consumer.groupId',
      'consumer.maxInFlightRequests',
      'consumer.rebalanceTimeout',
      'consumer.heartbeatInterval',
    ]);
  });
});

it('kafkajs waits a quarter of a second for data by default, and creates no topics by asking for them', () => {
  expect(kafkaJsOptions({ groupId: 'g', startFrom: 'latest' }, 5)).toEqual({
    groupId: 'g',
    sessionTimeout: 30_000,
    rebalanceTimeout: 60_000,
    heartbeatInterval: 3_000,
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
    metadataMaxAge: 5,
  });
});
