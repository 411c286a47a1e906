import { FatalError, ReliableKafkaError } from '../contracts/index.js';

/** The key selector of a guard found no key. Another attempt would not find one either. */
export class MissingKeyError extends FatalError {
  override readonly name = 'MissingKeyError';
  constructor(selector: string, found: unknown) {
    const isShown = found === null || typeof found === 'number';
    const what = found === '' ? 'an empty text' : isShown ? String(found) : typeof found;
    super(
      `The key ${selector} of @Idempotent found ${what} where it needs a text, a number or a bigint. ` +
        'Correct the selector, or what produces such records',
    );
  }
}

/** A selector of a guard threw. It is given the same at the next attempt. */
export class SelectorError extends FatalError {
  override readonly name = 'SelectorError';
  constructor(what: string, cause: unknown) {
    super(`The ${what} function of @Idempotent threw: ${String(cause)}. Correct it, or what produces such records`, {
      cause,
    });
  }
}

/** A key was used before, by a message with other content. */
export class FingerprintMismatchError extends FatalError {
  override readonly name = 'FingerprintMismatchError';
  constructor(key: string) {
    super(
      `The key '${key}' was used by a message with another fingerprint: its producer uses one key for two messages`,
    );
  }
}

/** A claim ended before the handler did: another process may have run it meanwhile. */
export class ClaimLostError extends ReliableKafkaError {
  override readonly name = 'ClaimLostError';
}
