import type { DataSource, EntityManager } from 'typeorm';
import type { RecordContext } from 'nestjs-reliable-kafka';
import type { IdempotencyGuard } from '../../../libs/reliable-kafka/src/contracts/index.js';
import type { DatabaseName } from './ground.js';
import type { Message } from './message.js';
import type { Tuning } from './setup.js';

/** What a handler of the matrix can reach. */
export interface Surroundings {
  readonly context: RecordContext;
  /** The port of the receiver. */
  readonly receiver: number;
  /** The application's own DataSource, whose repositories handlers have injected. */
  readonly dataSource: DataSource | undefined;
}

/** A guard, a handler behind it, and where its effects are to be looked for. */
export interface Subject {
  readonly name: string;
  readonly databases: readonly (DatabaseName | 'redis')[];
  /** `written` in the guard's transaction, or `called` outside of every transaction. */
  readonly effect: 'written' | 'called';
  guard(tuning: Tuning): IdempotencyGuard;
  /** What has to be there before the first delivery. */
  seed?(manager: EntityManager, message: Message): Promise<unknown>;
  handle(message: Message, surroundings: Surroundings): Promise<unknown>;
}
