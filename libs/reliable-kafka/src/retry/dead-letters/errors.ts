import { ReliableKafkaError } from '../../contracts/index.js';

/** A dead letter topic did not take a record. The record keeps its place, and its partition stops, until it does. */
export class DeadLetterRefusedError extends ReliableKafkaError {
  override readonly name = 'DeadLetterRefusedError';
  constructor(
    readonly deadLetterTopic: string,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`The dead letter topic ${deadLetterTopic} ${what}`, options);
  }
}

/** An action of `DeadLetters.onDead` failed, or takes long. The record keeps its place, and its partition stops, until it succeeds. */
export class DeadLetterActionError extends ReliableKafkaError {
  override readonly name = 'DeadLetterActionError';
}
