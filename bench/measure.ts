/** What a consumer process is told, and what it tells. */
export interface Task {
  readonly brokers: string[];
  readonly topic: string;
  readonly records: number;
  /** Simulated work of a handler, in ms; 0 is none at all. */
  readonly work: number;
  readonly inFlight: number;
}

export interface Measured {
  /** From the first record to the last, in ms. */
  readonly ms: number;
  readonly cpuMs: number;
}

/** Counts records from the first to the last; `done` resolves with the figures. */
export class Meter {
  private started: { at: number; cpu: NodeJS.CpuUsage } | undefined;
  private seen = 0;
  private finish!: (measured: Measured) => void;
  readonly done = new Promise<Measured>((resolve) => (this.finish = resolve));

  constructor(private readonly records: number) {}

  begin(): void {
    this.started ??= { at: performance.now(), cpu: process.cpuUsage() };
  }

  end(records = 1): void {
    this.seen += records;
    if (this.seen < this.records || !this.started) return;
    const { user, system } = process.cpuUsage(this.started.cpu);
    this.finish({ ms: performance.now() - this.started.at, cpuMs: (user + system) / 1000 });
  }
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
