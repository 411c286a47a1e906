import type { BrokerId } from './config.js';

export interface StopOptions {
  /** Keep topics and tables for the next start; default false. */
  keepData?: boolean;
}

/** How one service is started and stopped: as processes of this machine or in Docker. Whether it answers is asked elsewhere. */
export interface Launcher {
  /** Throws, with the remedy, when the service cannot be had here. */
  check(): void | Promise<void>;
  /** Starts what does not run; ready comes later. */
  start(): Promise<void>;
  stop(options: StopOptions): Promise<void>;
  /** Throws, with what the service said last, when it does not run. */
  mustRun(): Promise<void>;
}

export type KillSignal = 'SIGKILL' | 'SIGTERM';

export interface KafkaLauncher extends Launcher {
  runningBrokers(): Promise<BrokerId[]>;
  /** Resolves when the process is gone. */
  killBroker(id: BrokerId, signal: KillSignal): Promise<void>;
  startBroker(id: BrokerId): Promise<void>;
}
