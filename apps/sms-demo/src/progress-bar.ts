import { Presets, SingleBar } from 'cli-progress';
import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './platform/index.js';

/** On a terminal a bar; elsewhere a line every few seconds. */
export class ProgressBar {
  private readonly bar = new SingleBar(
    {
      format: ' {bar} {value}/{total} delivered · {answered} answered by the gateway · {duration_formatted}',
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    },
    Presets.shades_classic,
  );

  start(total: number): void {
    this.bar.start(total, 0, { answered: 0 });
  }

  answered(answered: number): void {
    this.bar.update({ answered });
  }

  /** Shows what the records say, until the signal. What cannot be read now is not shown: it only shows. */
  async watch(read: () => Promise<Progress>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await read().then(
        ({ delivered }) => this.bar.update(delivered),
        () => {},
      );
      await delay(500, undefined, { signal }).catch(() => {});
    }
  }

  stop({ delivered }: Progress): void {
    this.bar.update(delivered);
    this.bar.stop();
  }
}
