/** `next` of a value at once, or of a promise in its time: what is rarely asynchronous need not wait for itself. */
export function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
