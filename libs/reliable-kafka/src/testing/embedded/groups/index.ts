/** The group coordinator: memberships of the classic protocol and committed positions. */
export { Groups } from './groups.js';
export { Group, type GroupState } from './group.js';
export type { Joined, Synced } from './member.js';
export type { CommittedOffset } from './committed-offsets.js';
