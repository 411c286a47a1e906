export { embeddedServices } from './embedded.js';
export { freePort } from './free-port.js';
export { realServicesOfThisRun } from './real.js';
export type { Services } from './services.js';
