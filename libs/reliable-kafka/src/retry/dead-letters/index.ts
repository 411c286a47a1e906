/** Dead letters: what is written of a record that is dead, and what may become of it. Pure: topics are read and written by the rooms above. */
export { DeadLetterOffice, type DeadLetterAction, type DeadLetterOfficeSetup } from './sink.js';
export { DLT, filledHeaders, HEADER_BYTES } from './headers.js';
export { letterId, identityOf, type LetterIdentity } from './letter-id.js';
export { type DeadLetterEntry, type StoredLetter, type WrittenLetter } from './letter.js';
export { type ErrorText } from './error-text.js';
export { lettersOf } from './listing.js';
export { isReplayForAnother, markReplay } from './replay-headers.js';
export { loopProblems } from './loops.js';
export { type DeadLetterFilter } from './filter.js';
export { type LogBounds, type LogReading, type Portion } from './log-reading.js';
export { type DeadLetterSelection, type LetterSources, selected } from './selection.js';
export { type DeadLetterPage, listLetters } from './listing.js';
export { replayLetters, type ReplayWork } from './replaying.js';
export { discardLetters, type DiscardWork } from './discarding.js';
export { changeLetters, DeadLetterInterruptedError, type DeadLetterReport, type Progress } from './changing.js';
export { DeadLetterActionError, DeadLetterRefusedError } from './errors.js';
export { stateChange, stateClaim, stateTopicOf, StateView } from './state-view.js';
