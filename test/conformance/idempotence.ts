import { apis, errors } from '../../libs/reliable-kafka/src/testing/embedded/index.js';
import { batchOf } from './batch.js';
import { Cluster, eventually, type Subject } from './cluster.js';
import type { RawClient } from './raw-client.js';

const HIGHEST_SEQUENCE = 0x7fff_ffff;

export function describeIdempotence(connect: () => Subject): void {
  describe('idempotent producers', () => {
    let cluster: Cluster;
    let topic: string;
    let leader: RawClient;
    let producerId: number;
    beforeEach(async () => {
      cluster = new Cluster(connect());
      topic = await cluster.topic();
      leader = await cluster.leader(topic);
      producerId = await freshProducerId();
    });
    afterEach(() => cluster.close());

    const freshProducerId = async () =>
      (
        await eventually(async () => {
          const answer = await leader.call(apis.initProducerId, 1, {
            transactionalId: null,
            transactionTimeoutMs: 60_000,
          });
          if (answer.errorCode !== errors.NONE) throw new Error(`no producer id: ${answer.errorCode}`);
          return answer;
        })
      ).producerId;
    const send = async (baseSequence: number, values = ['x'], producerEpoch = 0) => {
      const batch = batchOf(values, { producerId, producerEpoch, baseSequence });
      const { errorCode, baseOffset } = await cluster.produce(leader, topic, batch);
      return errorCode === errors.NONE ? baseOffset : { errorCode };
    };
    const stored = async () => {
      const { batches } = await cluster.fetch(leader, topic, 0);
      return batches.flatMap(({ records }) => records.map(({ value }) => value));
    };

    it('each get an id of their own in epoch 0', async () => {
      const init = { transactionalId: null, transactionTimeoutMs: 60_000 };
      const other = await leader.call(apis.initProducerId, 1, init);
      expect(other).toMatchObject({ errorCode: 0, producerEpoch: 0 });
      expect(other.producerId).not.toBe(producerId);
    });

    it('answer a repeated batch with its first offset, and store it once', async () => {
      expect(await send(0, ['a', 'b'])).toBe(0);
      expect(await send(2, ['c'])).toBe(2);
      expect(await send(0, ['a', 'b'])).toBe(0);
      expect(await send(2, ['c'])).toBe(2);
      expect(await stored()).toEqual(['a', 'b', 'c']);
    });

    it('know the last five batches again, not the sixth', async () => {
      for (let sequence = 0; sequence < 6; sequence++) expect(await send(sequence)).toBe(sequence);
      for (let sequence = 1; sequence < 6; sequence++) expect(await send(sequence)).toBe(sequence);
      expect(await send(0)).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
    });

    it('may not leave a gap, and go on after it is filled', async () => {
      expect(await send(0)).toBe(0);
      expect(await send(2)).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(1)).toBe(1);
      expect(await send(2)).toBe(2);
    });

    it('may not repeat a part of a batch', async () => {
      expect(await send(0, ['a', 'b'])).toBe(0);
      expect(await send(1, ['b'])).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(0, ['a'])).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
    });

    it('may begin with any sequence where the partition knows nothing of them', async () => {
      expect(await send(41)).toBe(0);
      expect(await send(43)).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(42)).toBe(1);
    });

    it('begin again at 0 in a newer epoch, which ends the older one', async () => {
      expect(await send(0)).toBe(0);
      expect(await send(1, ['x'], 1)).toEqual({ errorCode: errors.OUT_OF_ORDER_SEQUENCE_NUMBER });
      expect(await send(0, ['x'], 1)).toBe(1);
      expect(await send(1, ['x'], 0)).toEqual({ errorCode: errors.INVALID_PRODUCER_EPOCH });
      expect(await send(1, ['x'], 1)).toBe(2);
    });

    it('count on from 0 after the highest sequence', async () => {
      expect(await send(HIGHEST_SEQUENCE - 1)).toBe(0);
      expect(await send(HIGHEST_SEQUENCE, ['a', 'b'])).toBe(1);
      expect(await send(HIGHEST_SEQUENCE, ['a', 'b'])).toBe(1);
      expect(await send(1)).toBe(3);
      producerId = await freshProducerId();
      expect(await send(HIGHEST_SEQUENCE)).toBe(4);
      expect(await send(0)).toBe(5);
    });

    it('are kept apart from others', async () => {
      expect(await send(0)).toBe(0);
      const first = producerId;
      producerId = await freshProducerId();
      expect(await send(0)).toBe(1);
      producerId = first;
      expect(await send(1)).toBe(2);
    });

    it('need a sequence', async () => {
      expect(await send(-1)).toEqual({ errorCode: errors.INVALID_RECORD });
    });
  });
}
