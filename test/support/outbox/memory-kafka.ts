import type {
  FencedPublisher,
  FencedPublishers,
  OutgoingRecord,
} from '../../../libs/reliable-kafka/src/contracts/index.js';

/** A broker in memory: publishers that fence each other, and what they have stored. */
export class MemoryKafka implements FencedPublishers {
  /** Values, in the order in which they were stored. */
  readonly stored: string[] = [];
  readonly records: OutgoingRecord[] = [];
  /** Before anything is stored; may throw, or take its time. */
  storing: (records: readonly OutgoingRecord[]) => unknown = () => undefined;
  private readonly epochs = new Map<string, number>();
  private waiting: { count: number; resolve: () => void } | undefined;

  async open(name: string): Promise<FencedPublisher> {
    const epoch = (this.epochs.get(name) ?? 0) + 1;
    this.epochs.set(name, epoch);
    return {
      publish: async (records) => {
        await this.storing(records);
        if (this.isFenced(name, epoch)) throw new Error('fenced');
        this.records.push(...records);
        this.stored.push(...records.map(({ value }) => JSON.parse(String(value)) as string));
        if (this.stored.length >= (this.waiting?.count ?? Infinity)) this.waiting!.resolve();
      },
      close: async () => undefined,
    };
  }

  /** Resolves when so many records are stored, copies included. */
  async until(count: number): Promise<readonly string[]> {
    if (this.stored.length < count) await new Promise<void>((resolve) => (this.waiting = { count, resolve }));
    return this.stored;
  }

  /** Overridden by a control. */
  protected isFenced(name: string, epoch: number): boolean {
    return this.epochs.get(name) !== epoch;
  }
}
