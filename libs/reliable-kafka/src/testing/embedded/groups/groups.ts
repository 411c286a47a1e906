import { errors, type ErrorCode } from '../wire/index.js';
import { Group } from './group.js';

/** All consumer groups of this broker, which is the coordinator of each. */
export class Groups {
  private readonly byId = new Map<string, Group>();

  all(): Group[] {
    return [...this.byId.values()];
  }

  get(id: string): Group | undefined {
    return this.byId.get(id);
  }

  getOrCreate(id: string): Group {
    const group = this.byId.get(id) ?? new Group(id);
    this.byId.set(id, group);
    return group;
  }

  delete(id: string): ErrorCode {
    const group = this.byId.get(id);
    if (!group) return errors.GROUP_ID_NOT_FOUND;
    if (group.state !== 'Empty') return errors.NON_EMPTY_GROUP;
    group.end();
    this.byId.delete(id);
    return errors.NONE;
  }

  forgetTopic(topic: string): void {
    for (const group of this.byId.values()) group.offsets.forgetTopic(topic);
  }

  end(): void {
    for (const group of this.byId.values()) group.end();
  }
}
