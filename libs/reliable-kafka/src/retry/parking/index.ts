export { afterFailure, parkPolicyOf, type AfterFailure, type FailedRun } from './park-policy.js';
export { parkedKeyText, parseParkedKey } from './parked-key-text.js';
export { ParkedKeys, type Turn } from './parked-keys.js';
export { parseHeaders, storedHeaders } from './stored-headers.js';
