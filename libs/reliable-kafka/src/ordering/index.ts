export { compileKey, type KeyOf, type LaneKey, NO_KEY, OrderingKeyError, routedByAnother } from './ordering-key.js';
export { LaneScheduler, type LaneSchedulerOptions } from './lane-scheduler.js';
export { PartitionLanes } from './partition-lanes.js';
export type { Lane } from './lane.js';
