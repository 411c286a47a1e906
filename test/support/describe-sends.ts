import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaConfig } from 'kafkajs';
import { DeliveryError } from '../../libs/reliable-kafka/src/producer/index.js';
import { byEnqueue, bySend, SendHistory, type Sending, type StartSending, withKafkajs } from './sendings.js';

/** A topic on a Kafka whose network fails on demand. */
export interface FaultyTopic {
  /** Feels the faults. */
  readonly client: KafkaConfig;
  /** Does not. */
  readonly brokers: string[];
  readonly topic: string;
  /** Two partitions of it with one leader, so that one request can carry both. */
  readonly partitions: readonly [number, number];
  /** The next write is stored, its answer is lost. Resolves when that has happened. */
  loseNextAnswer(): Promise<void>;
  /** No write comes through until `back`. */
  away(): void;
  back(): void;
  stop(): Promise<void>;
}

const clean = { lost: 0, duplicated: 0, reordered: 0, vacuous: false };
/** More bytes than a broker takes. */
const TOO_MANY = 2_000_000;

/**
 * What a send is worth when answers are lost, the broker is away (once for `outage` ms) or a neighbour is too large: what was acknowledged is stored
 * once and in order. The controls show that kafkajs's own idempotent producer fails at each of them, so that these tests can fail.
 */
export function describeSends(kafka: string, start: () => Promise<FaultyTopic>, outage: number): void {
  describe(`sends to ${kafka}`, () => {
    let faulty: FaultyTopic;
    const sendings: Sending[] = [];

    beforeEach(async () => {
      faulty = await start();
    });

    afterEach(async () => {
      faulty.back();
      for (const sending of sendings.splice(0)) await sending.close();
      await faulty.stop();
    });

    async function history(how: StartSending, retries: number): Promise<SendHistory> {
      const sending = await how(faulty.client, faulty.topic, retries);
      sendings.push(sending);
      return new SendHistory(sending);
    }

    async function answerLostAndSenderGivesUp(sends: SendHistory): Promise<unknown> {
      const [partition] = faulty.partitions;
      await sends.send({ partition, id: 'first' });
      const away = faulty.loseNextAnswer().then(() => faulty.away());
      const error = await sends.send({ partition, id: 'given up' });
      await away;
      faulty.back();
      await sends.send({ partition, id: 'next' });
      return error;
    }

    async function fourAtOnceWithOneAnswerLost(sends: SendHistory): Promise<void> {
      const [partition] = faulty.partitions;
      await sends.send({ partition, id: 'first' });
      void faulty.loseNextAnswer();
      await Promise.all(['A', 'B', 'C', 'D'].map((id) => sends.send({ partition, id })));
    }

    async function oversizeNeighbour(sends: SendHistory): Promise<unknown> {
      const [one, other] = faulty.partitions;
      await sends.send({ partition: one, id: 'first of one' }, { partition: other, id: 'first of other' });
      const error = await sends.send(
        { partition: one, id: 'too large', ballast: TOO_MANY },
        { partition: other, id: 'neighbour' },
      );
      await sends.send({ partition: one, id: 'next of one' });
      await sends.send({ partition: other, id: 'next of other' });
      return error;
    }

    describe.each([
      ['send', bySend],
      ['enqueue', byEnqueue],
    ])('by %s', (_, how) => {
      it('stores the next one after one that was given up with its answer lost, and calls that one unknown', async () => {
        const sends = await history(how, 2);
        const error = await answerLostAndSenderGivesUp(sends);
        expect(error).toBeInstanceOf(DeliveryError);
        expect((error as DeliveryError).results).toMatchObject([{ id: 'given up', status: 'unknown' }]);
        expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ ...clean, sent: 2 });
      });

      it('calls the first copy stored when the broker comes back in time', async () => {
        const sends = await history(how, Infinity);
        const [partition] = faulty.partitions;
        await sends.send({ partition, id: 'first' });
        const lost = faulty.loseNextAnswer().then(() => faulty.away());
        const waiting = [sends.send({ partition, id: 'waits' }), sends.send({ partition, id: 'waits behind' })];
        await lost;
        faulty.back();
        expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
        expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ ...clean, sent: 3 });
      });

      it('stores four at once in their order, once, with one answer lost', async () => {
        const sends = await history(how, Infinity);
        await fourAtOnceWithOneAnswerLost(sends);
        expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ ...clean, sent: 5 });
      });

      it('stores the neighbour of a message that is too large, and what comes next', async () => {
        const sends = await history(how, Infinity);
        const error = await oversizeNeighbour(sends);
        expect((error as DeliveryError).results).toMatchObject([
          { id: 'too large', status: 'not-stored' },
          { id: 'neighbour', status: 'stored', report: { partition: faulty.partitions[1], offset: 1n } },
        ]);
        expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ ...clean, sent: 4 });
      });

      it(`stores all of a stream while an answer is lost and the broker is away for ${outage} ms`, async () => {
        const sends = await history(how, Infinity);
        const wave = (name: string) =>
          Array.from({ length: 200 }, (_, i) =>
            sends.send({ partition: faulty.partitions[i % 2]!, id: `${name} ${i}`, ballast: i }),
          );
        const sent = wave('before');
        await Promise.all(sent);
        const away = faulty.loseNextAnswer().then(() => faulty.away());
        sent.push(...wave('lost'));
        await away;
        sent.push(...wave('while it is away'));
        await pause(outage);
        faulty.back();
        sent.push(...wave('after'));
        expect((await Promise.all(sent)).filter((error) => error !== undefined)).toEqual([]);
        expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ ...clean, sent: 800 });
      });
    });

    it('control: kafkajs resolves the next one and does not store it', async () => {
      const sends = await history(withKafkajs, 2);
      expect(await answerLostAndSenderGivesUp(sends)).toBeInstanceOf(Error);
      expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ sent: 2, lost: 1 });
    });

    it('control: kafkajs stores four at once neither all, nor once, nor in order', async () => {
      const sends = await history(withKafkajs, 10);
      await fourAtOnceWithOneAnswerLost(sends);
      const { lost, duplicated, reordered } = await sends.judge(faulty.brokers, faulty.topic);
      expect(lost + duplicated + reordered).toBeGreaterThan(0);
    });

    it('control: kafkajs resolves what comes after an oversize one and does not store it', async () => {
      const sends = await history(withKafkajs, 2);
      expect(await oversizeNeighbour(sends)).toBeInstanceOf(Error);
      expect(await sends.judge(faulty.brokers, faulty.topic)).toMatchObject({ sent: 4, lost: 1 });
    });
  });
}
