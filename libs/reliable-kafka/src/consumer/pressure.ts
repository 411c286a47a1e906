import type { Epoch } from './epoch.js';
import type { Shared } from './shared.js';

const METADATA_STOP = 0.75;
const METADATA_GO = 0.5;

/**
 * Pauses the fetching of one partition, and of no other, when one of its bounds is reached: what is buffered, how far the head has run before
 * the watermark, how full the commit metadata is. It resumes at half of them. Work in hand goes on, which is what makes room.
 */
export class Pressure {
  /** How much of the metadata limit the last commit needed. */
  metadataFill = 0;
  private isPaused = false;

  constructor(
    private readonly epoch: Epoch,
    private readonly shared: Pick<Shared, 'budget' | 'source' | 'emit' | 'maxAhead'>,
  ) {}

  /** After records came in, or a commit told how full its metadata is. */
  rise(): void {
    if (this.isPaused) return;
    const { tracker, share, session, ahead } = this.epoch;
    if (ahead >= this.shared.maxAhead) {
      const { topic, partition } = session;
      this.shared.emit({ type: 'ahead-bound', topic, partition, watermark: tracker.watermark, ahead });
    } else if (this.fill < METADATA_STOP && !this.shared.budget.isFull(share)) return;
    this.isPaused = true;
    this.reapply();
  }

  /** After an outcome or a commit. */
  fall(): void {
    if (!this.isPaused || this.fill > METADATA_GO || !this.shared.budget.hasRoom(this.epoch.share)) return;
    if (this.epoch.ahead > this.shared.maxAhead / 2) return;
    this.isPaused = false;
    this.shared.source.resume(this.epoch.session, 'back-pressure');
  }

  /** The last commit's, unless nothing is left that a commit would have to hold. */
  private get fill(): number {
    return this.epoch.tracker.isIdle ? 0 : this.metadataFill;
  }

  /** The source forgets pauses with each assignment; this one belongs to the work in hand. */
  reapply(): void {
    if (this.isPaused) this.shared.source.pause(this.epoch.session, 'back-pressure');
  }
}
