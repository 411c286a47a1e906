import { isA } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { RETRIABLE } from './verdicts.js';

/** Who throws it says what is wanted, whatever it holds. Nest's HTTP exceptions are among those with a status. */
export const nest: Recognise = (thrown) => (isA(thrown, 'KafkaRetriableException') ? RETRIABLE : undefined);
