import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedKafka } from '../../../libs/reliable-kafka/src/testing/embedded/index.js';
import { RecordSources } from '../../support/record-sources.js';
import { commitOne } from '../../support/stub-listener.js';

let kafka: EmbeddedKafka;
let sources: RecordSources;

beforeEach(async () => {
  kafka = await EmbeddedKafka.start({ topics: { t: 1, two: 2 } });
  sources = new RecordSources(kafka.brokers);
});

afterEach(async () => {
  await sources.stop();
  await kafka.stop();
});

describe('a record source', () => {
  it('tells the assignment, then hands over what is in the log, bytes and all', async () => {
    await sources.send('t', ['a', 'b']);
    const { listener } = await sources.start({ topics: ['t'] });

    const { partitions } = await listener.nth('assigned');
    expect(partitions).toEqual([
      {
        topic: 't',
        partition: 0,
        committed: undefined,
        metadata: '',
        position: 0n,
        logStart: 0n,
        logEnd: 2n,
        outOfRange: false,
      },
    ]);
    expect(await listener.values(2)).toEqual(['a', 'b']);
    expect(listener.received[1]).toMatchObject({ topic: 't', partition: 0, offset: 1n, key: Buffer.from('b') });
    const { batch } = await listener.nth('records');
    expect(batch).toMatchObject({ nextOffset: 2n, highWatermark: 2n });
  });

  it('goes on fetching while nothing is committed', async () => {
    const { listener } = await sources.start({ topics: ['t'] });
    await sources.send('t', ['a']);
    await listener.values(1);
    await sources.send('t', ['b']);
    expect(await listener.values(2)).toEqual(['a', 'b']);
  });

  it('commits offset and metadata, and the next member of the group finds both', async () => {
    await sources.send('t', ['a', 'b', 'c']);
    const first = await sources.start({ topics: ['t'] });
    await first.listener.values(3);
    await expect(commitOne(first.source, first.listener, 't', 0, 2n, 'meta')).resolves.toEqual([
      { topic: 't', partition: 0, offset: 2n, metadata: 'meta' },
    ]);
    await first.source.stop();

    const second = await sources.start({ topics: ['t'] });
    const { partitions } = await second.listener.nth('assigned');
    expect(partitions).toMatchObject([{ committed: 2n, metadata: 'meta', position: 2n }]);
    expect(await second.listener.values(1)).toEqual(['c']);
  });

  it('drains before another member gets partitions, and both are told anew', async () => {
    const first = await sources.start({ topics: ['two'] });
    await first.listener.nth('assigned');
    const second = await sources.start({ topics: ['two'] });
    await second.listener.nth('assigned');
    await first.listener.nth('assigned', 2);
    expect(first.listener.order).toEqual(['assigned', 'drain', 'revoked', 'assigned']);
    const partitions = [first, second].flatMap(({ listener }) => listener.all('assigned').at(-1)!.partitions);
    expect(partitions.map(({ partition }) => partition).toSorted()).toEqual([0, 1]);
  });

  it('stops: drains, lets go, leaves the group, and says nothing afterwards', async () => {
    const { source, listener } = await sources.start({ topics: ['t'] });
    await listener.nth('assigned');
    await source.stop();
    expect(listener.told.slice(1)).toEqual([{ what: 'drain', reason: 'shutdown' }, { what: 'revoked' }]);
    const { groups } = await sources.admin((admin) => admin.describeGroups(['g']));
    expect(groups[0]!.members).toEqual([]);
  });
});
