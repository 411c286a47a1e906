export { type ApiClient, Platform, type PlatformOptions } from './platform.js';
export { type GatewayAnswer, GatewayClient } from './gateway-client.js';
export type { Arrival, JournalSummary, OperatorJournal } from './operator-journal.js';
export { PhoneBook, STOP_NUMBER } from './phone-book.js';
export type { Progress, Records } from './records.js';
