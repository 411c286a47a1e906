import { classify } from '../../libs/reliable-kafka/src/retry/index.js';

/** What is thrown, as its class, with the backend that may be down: `'infrastructure: redis'`. */
export async function failureClass(work: () => unknown): Promise<string> {
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error;
  }
  if (thrown === undefined) throw new Error('nothing was thrown');
  const { class: found, backend } = classify(thrown);
  return backend ? `${found}: ${backend}` : found;
}
