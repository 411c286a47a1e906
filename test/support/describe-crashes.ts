import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { committed } from './committed.js';
import { send, values } from './consumers.js';
import { type CrashingSetup, Fleet } from './crashes/fleet.js';
import { createTopic } from './create-topic.js';

const PARTITIONS = 3;
const KILLER = 'k7#4';

export interface CrashGround {
  readonly brokers: string[];
  readonly sessionTimeout: number;
  stop(): Promise<void>;
}

export interface CrashTests {
  /** How many processes at a time, a test each. */
  readonly together: readonly number[];
  /** With the control run, which costs eight deaths. */
  readonly withControl: boolean;
}

/** A handler that is killed by one record, in processes that are started again each time: the same on every Kafka. */
export function describeCrashes(make: () => Promise<CrashGround>, { together, withControl }: CrashTests): void {
  describe('A record that kills every process which runs it', () => {
    const sent = values(300, 30);
    let ground: CrashGround;
    let setup: CrashingSetup;
    let fleet: Fleet;

    beforeEach(async () => {
      ground = await make();
      const { brokers, sessionTimeout } = ground;
      const topic = `work-${randomUUID()}`;
      const deadLetterTopic = `${topic}-dlt`;
      setup = { brokers, topic, deadLetterTopic, groupId: topic, killers: [KILLER], sessionTimeout };
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await createTopic(admin, { topic, numPartitions: PARTITIONS });
      await createTopic(admin, { topic: deadLetterTopic, numPartitions: 1 });
      await admin.disconnect();
      await send(brokers, topic, sent);
    });

    afterEach(async () => {
      await fleet.stop();
      await ground.stop();
    });

    it.each(together)(
      'is dead-lettered, and all others are handled in order: %d at a time',
      async (processes) => {
        fleet = new Fleet(setup);
        fleet.start(processes);
        await fleet.until(() => fleet.ended.size === sent.length - 1);
        await fleet.stop();
        expect(fleet.history(sent).check()).toMatchObject({ lost: 1, reordered: 0, overlapped: 0, vacuous: false });
        expect(fleet.ended.has(KILLER)).toBe(false);
        expect((await committed(ground.brokers, setup.deadLetterTopic)).get(0)).toEqual([`${KILLER} crashed`]);
        expect(fleet.deaths).toBeLessThanOrEqual(6);
        expect(fleet.has('caution-began')).toBe(true);
      },
      180_000,
    );

    if (withControl) {
      it('never comes to an end where commits tell nothing beside the offset: the control', async () => {
        fleet = new Fleet({ ...setup, isForgetful: true });
        fleet.start(1);
        await fleet.until(() => fleet.deaths === 8);
        expect((await committed(ground.brokers, setup.deadLetterTopic)).get(0)).toEqual([]);
      }, 180_000);
    }
  });
}
