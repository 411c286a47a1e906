/** The network side: connections, requests in order, and the faults that strike them. */
export { serve } from './connection.js';
export { Faults, type FaultAction, type FaultHandle, type FaultOptions, type FaultTarget } from './faults.js';
