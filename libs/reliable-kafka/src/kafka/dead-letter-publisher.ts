import type { ProducerCore } from '../producer/index.js';
import { UnknownTopicError } from '../producer/index.js';
import { DeadLetterRefusedError, HEADER_BYTES, type WrittenLetter } from '../retry/index.js';
import { failureOf } from './producer-failure.js';

/** Resolves when the broker has acknowledged the letter. */
export type PublishLetter = (deadLetterTopic: string, letter: WrittenLetter) => Promise<void>;

/**
 * Sends dead letters. All those of one partition go to one partition, the one of the same number where there are as many: so that those of one key stay in
 * their order. They are as young as their death, however old the record was: retention counts from there.
 */
export function deadLetterPublisher(core: Pick<ProducerCore, 'send'>): PublishLetter {
  return async (deadLetterTopic, { key, value, headers, partition, at }) => {
    const timestamp = String(at);
    try {
      await core.send(deadLetterTopic, (_choose, partitions) => [
        { key, value, headers, timestamp, partition: partition % partitions },
      ]);
    } catch (error) {
      throw refusal(deadLetterTopic, error, (key?.length ?? 0) + (value?.length ?? 0));
    }
  };
}

function refusal(topic: string, error: unknown, bytes: number): unknown {
  if (error instanceof UnknownTopicError)
    return new DeadLetterRefusedError(topic, `does not exist. Create it`, { cause: error });
  if (!failureOf(error).tooLarge) return error;
  return new DeadLetterRefusedError(
    topic,
    `does not take a record of ${bytes} bytes and what is told of its death. Raise its max.message.bytes to ${bytes + HEADER_BYTES}; ` +
      'or, when the record came compressed, give the option producer.compression',
    { cause: error },
  );
}
