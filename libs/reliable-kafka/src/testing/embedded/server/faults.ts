import { apiKeys, errors, type ApiName, type ErrorCode, type ErrorName } from '../wire/index.js';

export type FaultAction = 'delay' | 'dropRequest' | 'dropReply' | 'error' | 'close';

/** A request as a fault sees it. The body is decoded: its fields have Kafka's own names. */
export interface FaultTarget {
  readonly api: ApiName;
  readonly clientId: string;
  readonly version: number;
  readonly request: any;
}

export interface FaultOptions {
  /** The API that is struck, by its name or its key. */
  readonly api: ApiName | number;
  /**
   * - `delay`: the request is served `ms` later (and the ones behind it on its connection after it);
   * - `dropRequest`: nothing happens and no reply comes, the connection stays open;
   * - `dropReply`: it is served, but no reply comes;
   * - `error`: nothing happens, the reply carries `code` for everything that was asked;
   * - `close`: nothing happens and the connection is cut.
   */
  readonly action: FaultAction;
  /** After how many requests it ends by itself. Without it: when it is removed. */
  readonly times?: number;
  /** The length of a `delay`, in milliseconds. */
  readonly ms?: number;
  /** Kafka's error code for `error`, as a number or by name. */
  readonly code?: ErrorCode | ErrorName;
  /** Strikes only the requests for which it answers true: one group, one topic, one client. */
  readonly when?: (target: FaultTarget) => boolean;
}

export interface FaultHandle {
  /** How many requests it has struck. */
  readonly hits: number;
  /** Resolves once it has struck so many requests (1 when left out): a barrier for tests. */
  struck(times?: number): Promise<void>;
  remove(): void;
}

/** What a request meets. */
export interface Strike {
  readonly action: FaultAction;
  readonly ms: number;
  readonly code: ErrorCode;
}

interface ActiveFault extends FaultHandle {
  matches(target: FaultTarget): boolean;
  hit(): Strike;
}

/** Faults on demand, to see how a client takes them. Earlier ones strike first; a request meets one at most. */
export class Faults {
  private active: ActiveFault[] = [];

  constructor(private readonly forceRebalance: (group: string) => Promise<number>) {}

  /** Throws on an unknown API or error name, and on options that do not belong to the action. */
  add(options: FaultOptions): FaultHandle {
    const api = apiName(options.api);
    const strike = { action: options.action, ms: options.ms ?? 0, code: errorCode(options.code) };
    if ((options.action === 'delay') !== (options.ms !== undefined)) {
      throw new Error(`faults.add: "ms" is for the action "delay", which needs it (the action is "${options.action}")`);
    }
    if ((options.action === 'error') !== (options.code !== undefined)) {
      throw new Error(
        `faults.add: "code" is for the action "error", which needs it (the action is "${options.action}")`,
      );
    }
    let hits = 0;
    let waiting: { times: number; resolve: () => void }[] = [];
    const remove = (): void => {
      this.active = this.active.filter((one) => one !== fault);
    };
    const fault: ActiveFault = {
      get hits() {
        return hits;
      },
      matches: (target) => target.api === api && (options.when?.(target) ?? true),
      hit: () => {
        hits += 1;
        if (hits >= (options.times ?? Infinity)) remove();
        for (const { resolve } of waiting.filter(({ times }) => times <= hits)) resolve();
        waiting = waiting.filter(({ times }) => times > hits);
        return strike;
      },
      struck: (times = 1) =>
        hits >= times ? Promise.resolve() : new Promise((resolve) => waiting.push({ times, resolve })),
      remove,
    };
    this.active.push(fault);
    return fault;
  }

  /** Removes all of them. */
  clear(): void {
    this.active = [];
  }

  /**
   * Makes every member of a group join again; they learn it from their next heartbeat or commit.
   * Resolves, with the new generation, when all have (or were given up). Throws when there is no such group.
   */
  rebalance(group: string): Promise<number> {
    return this.forceRebalance(group);
  }

  /** @internal */
  strike(target: FaultTarget): Strike | undefined {
    return this.active.find((fault) => fault.matches(target))?.hit();
  }
}

function apiName(api: ApiName | number): ApiName {
  const found = Object.entries(apiKeys).find(([name, key]) => name === api || key === api);
  if (!found) throw new Error(`faults.add: no API "${api}"; known are ${Object.keys(apiKeys).join(', ')}`);
  return found[0] as ApiName;
}

function errorCode(code: ErrorCode | ErrorName | undefined): ErrorCode {
  if (typeof code !== 'string') return code ?? errors.NONE;
  if (!(code in errors)) throw new Error(`faults.add: no error "${code}"; known are ${Object.keys(errors).join(', ')}`);
  return errors[code];
}
