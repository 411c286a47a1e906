import type { CrashNotes } from './snapshot.js';

/** So many owners have begun, the present one included, and none has ended cleanly or got on: a record may be the reason. */
const TOO_MANY_STARTS = 3;
/** So many processes went down while a record ran that was noted: it is the reason. */
const TOO_MANY_CRASHES = 2;

/**
 * Tells a record that ends the process from those that were merely there. Attempts that are counted in memory start again with each process, so that such
 * a record would walk through a whole fleet. What has to survive travels in the commit metadata: how many owners began at one watermark, and which record
 * was running. A record that was running once may have been innocent, so it runs again; twice is proof enough.
 */
export class CrashAccount {
  /** Owners before this one that did not end cleanly. */
  private lost: number;
  private working = false;
  private cautious = false;
  /** Processes that went down with a record, by its offset. */
  private readonly crashes: Map<bigint, number>;
  private running: bigint | undefined;

  constructor(
    private watermark: bigint,
    found?: CrashNotes,
  ) {
    this.lost = found?.starts ?? 0;
    this.crashes = new Map(
      found?.suspects.map(({ offset, crashes, isRunning }) => [
        watermark + BigInt(offset),
        crashes + (isRunning ? 1 : 0),
      ]),
    );
  }

  get starts(): number {
    return this.lost + (this.working ? 1 : 0);
  }

  /** There is nothing to be cautious of. */
  get isClear(): boolean {
    return this.lost + 1 < TOO_MANY_STARTS && this.crashes.size === 0;
  }

  /** It has begun, and not ended. */
  get isWorking(): boolean {
    return this.working;
  }

  /** Records run one at a time, and none that was not noted. */
  get isCautious(): boolean {
    return this.cautious;
  }

  /** Processes went down with these. */
  get suspects(): ReadonlyMap<bigint, number> {
    return this.crashes;
  }

  /** It must not run again. */
  isCulprit(offset: bigint): boolean {
    return (this.crashes.get(offset) ?? 0) >= TOO_MANY_CRASHES;
  }

  /** It must run again, and with no other suspect beside it. */
  isOnTrial(offset: bigint): boolean {
    return this.crashes.has(offset) && !this.isCulprit(offset);
  }

  /** Records are about to run. Unless this owner tells how that ended, it was lost, too. */
  begin(): void {
    this.working = true;
    this.cautious ||= this.lost + 1 >= TOO_MANY_STARTS || [...this.crashes.keys()].some((one) => this.isOnTrial(one));
  }

  /** This owner has lived. That explains nothing of those before it. */
  end(): void {
    this.working = false;
    this.running = undefined;
  }

  /** The record will run. */
  note(offset: bigint): void {
    this.running = offset;
  }

  /** It does not run any more, and the process is still there. */
  rest(): void {
    this.running = undefined;
  }

  /** It has its outcomes. */
  acquit(offset: bigint): void {
    if (!this.isCulprit(offset)) this.crashes.delete(offset);
  }

  /** As many have run as could have been the reason: it was another one. */
  dismiss(): void {
    this.cautious = false;
    this.lost = 0;
    for (const offset of this.crashes.keys()) if (!this.isCulprit(offset)) this.crashes.delete(offset);
  }

  /** What a commit at `watermark` tells. */
  snapshot(watermark: bigint): CrashNotes | undefined {
    if (watermark > this.watermark) this.moveTo(watermark);
    const offsets = new Set(this.crashes.keys());
    if (this.running !== undefined) offsets.add(this.running);
    if (this.starts === 0 && offsets.size === 0) return undefined;
    const suspects = [...offsets].sort(ascending).map((offset) => ({
      offset: Number(offset - watermark),
      crashes: this.crashes.get(offset) ?? 0,
      isRunning: offset === this.running,
    }));
    return { starts: this.starts, suspects };
  }

  /** Whoever gets on is not stopped by a record below. */
  private moveTo(watermark: bigint): void {
    this.watermark = watermark;
    if (!this.cautious) this.lost = 0;
    for (const offset of this.crashes.keys()) if (offset < watermark) this.crashes.delete(offset);
  }
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : 1;
}
