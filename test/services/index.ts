import { down, killBroker, startBroker, status, up } from './lifecycle.js';

export { type RealServices, realServices } from './addresses.js';
export { type BrokerId, type ServiceName, serviceNames } from './config.js';
export { dataFolder } from './folders.js';
export type { KillSignal, StopOptions } from './launcher.js';
export type { ServiceStatus } from './lifecycle.js';

/** Real services on loopback, started and stopped: Apache Kafka (three brokers), Redis, MariaDB, PostgreSQL. */
export const services = { up, down, status, killBroker, startBroker };
