import { AttemptTimeoutError, FatalError, InfrastructureError } from '../../contracts/index.js';
import type { Recognise } from './verdicts.js';
import { down, FATAL, SOMETHING_DOWN } from './verdicts.js';

/** The errors of this library that say it themselves. An attempt that took too long may have waited for anything. */
export const own: Recognise = (thrown) => {
  if (thrown instanceof FatalError) return FATAL;
  if (thrown instanceof InfrastructureError) return thrown.backend ? down(thrown.backend) : SOMETHING_DOWN;
  return thrown instanceof AttemptTimeoutError ? SOMETHING_DOWN : undefined;
};
