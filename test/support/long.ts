/** Whether this is the long form of the tests: `npm run test:long`. */
export const long = process.env.RELIABLE_KAFKA_LONG === '1';

/** A size for a test: the smallest that can fail, or the one of the long form. */
export function size(small: number, large: number): number {
  return long ? large : small;
}
