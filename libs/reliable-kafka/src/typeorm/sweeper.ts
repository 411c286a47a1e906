import type { Log } from '../contracts/index.js';

/** Rows in one transaction. */
export const CHUNK = 1000;

/** Deletes what has expired, chunk by chunk, from time to time. Several processes do not do it all at the same moment. */
export class Sweeper {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly every: number,
    /** Deletes one chunk and answers how many rows that were. */
    private readonly sweep: (atMost: number) => Promise<number>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.timer = setTimeout(
      () => {
        this.sweeping = this.sweepAll().then(() => {
          if (!this.isClosed) this.start();
        });
      },
      this.every * (0.75 + 0.5 * Math.random()),
    );
    this.timer.unref();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  /** What fails now succeeds another time: an expired row that is still there does no harm. */
  private async sweepAll(): Promise<void> {
    try {
      while (!this.isClosed && (await this.sweep(CHUNK)) >= CHUNK);
    } catch (error) {
      this.log.warn(`Expired rows of the inbox were not deleted, which is tried again later: ${String(error)}`);
    }
  }
}
