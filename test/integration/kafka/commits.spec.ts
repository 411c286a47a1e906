import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { CommitFailedError } from '../../../libs/reliable-kafka/src/contracts/index.js';
import { RecordSources, type RunningSource } from '../../support/record-sources.js';

let kafka: EmbeddedKafka;
let sources: RecordSources;
let running: RunningSource;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { two: 2, other: 1 } });
  sources = new RecordSources(kafka.brokers);
  running = await sources.start({ topics: ['two'] });
  await running.listener.nth('assigned');
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

const entry = (partition: number, offset: bigint, metadata = '') => ({ topic: 'two', partition, offset, metadata });
const commit = (...commits: ReturnType<typeof entry>[]) => running.source.commit(running.listener.assignment, commits);
const fail = (code: 'ILLEGAL_GENERATION' | 'COORDINATOR_NOT_AVAILABLE' | 'NOT_COORDINATOR', times: number) =>
  kafka.faults.add({ api: 'OffsetCommit', action: 'error', code, times });

describe('a commit', () => {
  it('goes out as one request for all partitions', async () => {
    const requests = kafka.faults.add({ api: 'OffsetCommit', action: 'delay', ms: 0 });
    const both = [entry(0, 0n, 'a'), entry(1, 0n, 'b')];
    await expect(commit(...both)).resolves.toEqual(both);
    expect(requests.hits).toBe(1);
  });

  it('whose metadata the broker refuses is stored again without it; the others keep theirs', async () => {
    const stored = await commit(entry(0, 0n, 'x'.repeat(5_000)), entry(1, 0n, 'fits'));
    expect(stored).toEqual([entry(0, 0n, ''), entry(1, 0n, 'fits')]);
    expect(await sources.committed('two')).toEqual([
      { offset: '0', metadata: null },
      { offset: '0', metadata: 'fits' },
    ]);
  });

  it('leaves out partitions that are not ours, and fails when none is left', async () => {
    const foreign = { topic: 'other', partition: 0, offset: 5n, metadata: '' };
    await expect(commit(entry(0, 0n), foreign)).resolves.toEqual([entry(0, 0n)]);
    await expect(commit(foreign)).rejects.toMatchObject({ reason: 'fenced' });
    expect(await sources.committed('other')).toEqual([{ offset: '-1', metadata: null }]);
  });

  it('survives a coordinator that is away for a moment or has moved', async () => {
    fail('COORDINATOR_NOT_AVAILABLE', 1);
    fail('NOT_COORDINATOR', 1);
    await expect(commit(entry(0, 0n))).resolves.toHaveLength(1);
    kafka.faults.add({ api: 'OffsetCommit', action: 'close', times: 1 });
    await expect(commit(entry(0, 0n))).resolves.toHaveLength(1);
  });

  it('says so when the coordinator stays away, and kafkajs goes on', async () => {
    const away = fail('COORDINATOR_NOT_AVAILABLE', 4);
    await expect(commit(entry(0, 0n))).rejects.toMatchObject({ reason: 'unavailable', cause: expect.any(Error) });
    expect(away.hits).toBe(4);
    await expect(commit(entry(0, 0n))).resolves.toHaveLength(1);
    expect(running.events.filter(({ type }) => type === 'consumer-crashed')).toEqual([]);
  });

  it('of a generation that is over is refused by the broker, ends the lease, and leads to a new assignment', async () => {
    fail('ILLEGAL_GENERATION', 1);
    await expect(commit(entry(0, 0n))).rejects.toEqual(new CommitFailedError('fenced'));
    expect(running.listener.all('lease')[0]).toEqual({ what: 'lease', held: false });
    await running.listener.nth('assigned', 2);
    await expect(commit(entry(0, 0n))).resolves.toHaveLength(1);
  });

  it('never overtakes an older one', async () => {
    kafka.faults.add({ api: 'OffsetCommit', action: 'close', times: 1 });
    await Promise.all([commit(entry(0, 0n, 'older')), commit(entry(0, 0n, 'newer'))]);
    expect((await sources.committed('two'))[0]).toEqual({ offset: '0', metadata: 'newer' });
  });

  it('that waits behind another one when its assignment ends is not sent any more', async () => {
    const slow = kafka.faults.add({ api: 'OffsetCommit', action: 'delay', ms: 1_000, times: 1 });
    const first = commit(entry(0, 0n, 'first'));
    const second = commit(entry(0, 0n, 'second')).catch((error: unknown) => error);
    await slow.struck();
    void kafka.faults.rebalance('g');
    await first;
    await running.listener.nth('revoked');
    expect(await second).toMatchObject({ reason: 'fenced' });
    expect((await sources.committed('two'))[0]!.metadata).toBe('first');
  });
});
