import { setTimeout as sleep } from 'node:timers/promises';

/** One promise of a contract, by its name. Rejects when the store does not keep it. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What a case is tried on, made anew for each. */
export interface ContractSubject<S> {
  /** Opened. It may hold what earlier cases left: every case has keys of its own. */
  readonly store: S;
  /** After the case, whether it was kept or not. */
  end?(): Promise<void> | void;
}

export type MakeSubject<T> = () => Promise<T> | T;

/** The promises of a contract, each tried on a subject of its own. */
export function casesOf<T extends ContractSubject<unknown>>(
  make: MakeSubject<T>,
  promises: Readonly<Record<string, (subject: T) => Promise<void>>>,
): ContractCase[] {
  return Object.entries(promises).map(([name, keep]) => ({
    name,
    run: async () => {
      const subject = await make();
      try {
        await keep(subject);
      } finally {
        await subject.end?.();
      }
    },
  }));
}

const MOMENT = 100;

/** Long enough for a request to be under way; no test fails for its being too short. */
export async function aMomentFor(request: Promise<unknown>): Promise<void> {
  await Promise.race([request.catch(() => undefined), sleep(MOMENT)]);
}
