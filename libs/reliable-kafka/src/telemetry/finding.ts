import type { HealthCode, HealthReason, HealthSubject } from '../contracts/index.js';

/** A reason in the making. */
export interface Finding extends HealthSubject {
  readonly code: HealthCode;
  readonly status: HealthReason['status'];
  readonly message: string;
  /** When it began (ms); absent: when it was first found, and always since. */
  readonly since?: number;
  /** What must not change meanwhile for it to be the same. */
  readonly at?: bigint;
  /** Told only when it has lasted so many milliseconds. */
  readonly after?: number;
  /** Red when it has lasted so many milliseconds. */
  readonly redAfter?: number;
}

/** The same one, whenever it is found. */
export function idOf({ code, backend, topic, partition, handler, at }: Omit<Finding, 'status' | 'message'>): string {
  return [code, backend, topic, partition, handler, at].join('\n');
}

export function reasonOf(finding: Finding, since: number, lasted: number): HealthReason {
  const { code, message, status, redAfter = Infinity, backend, topic, partition, handler } = finding;
  return {
    code,
    status: lasted >= redAfter ? 'red' : status,
    message,
    since: new Date(since),
    ...(backend !== undefined && { backend }),
    ...(topic !== undefined && { topic }),
    ...(partition !== undefined && { partition }),
    ...(handler !== undefined && { handler }),
  };
}

/** `1 key`, `2 keys`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
