import { FILTER_CATCH_EXCEPTIONS } from '@nestjs/common/constants.js';

/**
 * Sees every error that reaches the filters of a handler, and answers none: an error of a guard or of an interceptor that one of the user's
 * filters swallows would look like an attempt that went well. Nest asks each filter whether an error is an instance of what it catches;
 * the witness takes note and says no.
 */
export class Witness {
  /** Grows with each error, so that an attempt can tell whether there was one since it began. */
  seen = 0;
  private last: unknown;
  /** To be put in front of the user's filters. */
  readonly filter: object = witnessFilter((exception) => {
    this.seen++;
    this.last = exception;
  });

  /** The error since `seen` was `before`; `undefined` when there was none or, with attempts side by side, more than one. */
  onlyErrorSince(before: number): { readonly error: unknown } | undefined {
    return this.seen === before + 1 ? { error: this.last } : undefined;
  }
}

function witnessFilter(note: (exception: unknown) => void): object {
  class WitnessFilter {
    catch(): never {
      throw new Error('The witness catches nothing');
    }
  }
  const nothing = {
    [Symbol.hasInstance]: (exception: unknown): boolean => {
      note(exception);
      return false;
    },
  };
  Reflect.defineMetadata(FILTER_CATCH_EXCEPTIONS, [nothing], WitnessFilter);
  return new WitnessFilter();
}
