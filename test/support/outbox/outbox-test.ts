import type {
  OutboxLink,
  ReliableKafkaEvent,
  SerializeMessage,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import { settled } from '../../../libs/reliable-kafka/src/typeorm/outbox/options.js';
import type { OutboxOptions } from '../../../libs/reliable-kafka/src/typeorm/outbox/options.js';
import { Outbox } from '../../../libs/reliable-kafka/src/typeorm/outbox/outbox.js';
import type { DataSource, DataSourceOptions } from 'typeorm';
import type { DatabaseKind } from '../databases.js';
import { log, StoreTest } from '../typeorm/stores.js';
import { MemoryKafka } from './memory-kafka.js';

export const json: SerializeMessage = ({ value }) => ({ value: JSON.stringify(value) });

/** Outboxes in one database, as processes of an application have them, and the Kafka to which they publish. */
export class OutboxTest {
  readonly events: ReliableKafkaEvent[] = [];
  private readonly outboxes = new Set<Outbox>();

  private constructor(
    readonly setting: StoreTest,
    readonly kafka: MemoryKafka,
  ) {}

  static async on(
    kind: DatabaseKind,
    more: Partial<DataSourceOptions> = {},
    kafka = new MemoryKafka(),
  ): Promise<OutboxTest> {
    return new OutboxTest(await StoreTest.on(kind, more), kafka);
  }

  get dataSource(): DataSource {
    return this.setting.dataSource;
  }

  link(more: Partial<OutboxLink> = {}): OutboxLink {
    return { publishers: this.kafka, serialize: json, emit: (event) => void this.events.push(event), log, ...more };
  }

  /** Open, and not publishing yet. */
  async outbox(options: OutboxOptions = {}, link: Partial<OutboxLink> = {}): Promise<Outbox> {
    const outbox = new Outbox(settled({ dataSource: this.dataSource, ...options }), this.link(link));
    await outbox.open({ resolve: nothing });
    this.outboxes.add(outbox);
    return outbox;
  }

  /** One that publishes, of a process of its own as far as the database knows. */
  async relay(options: OutboxOptions = {}, link: Partial<OutboxLink> = {}): Promise<Outbox> {
    const relay = await this.outbox({ dataSource: await this.setting.other(), pollEvery: 20, ...options }, link);
    relay.start();
    return relay;
  }

  /** What a relay publishes of what waits now, which is so much at least. Nothing is left behind. */
  async published(count: number): Promise<readonly string[]> {
    const relay = await this.relay();
    await this.kafka.until(count);
    await this.close(relay);
    if ((await this.rows()) > 0) throw new Error('A relay has published everything, and left records behind');
    return this.kafka.stored;
  }

  async close(outbox: Outbox): Promise<void> {
    this.outboxes.delete(outbox);
    await outbox.close();
  }

  async rows(): Promise<number> {
    const [{ count }] = await this.dataSource.query(
      `SELECT COUNT(*) AS count FROM ${this.setting.table('reliable_kafka_outbox')}`,
    );
    return Number(count);
  }

  async end(): Promise<void> {
    for (const outbox of this.outboxes) await outbox.close();
    await this.setting.end();
  }
}

function nothing(): never {
  throw new Error('There is no such provider');
}
