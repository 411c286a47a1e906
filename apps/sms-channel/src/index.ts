export { createChannel } from './create-channel.js';
export { type ChannelConfig, readChannelConfig } from './channel.config.js';
export type { Arrival } from './journal.js';
