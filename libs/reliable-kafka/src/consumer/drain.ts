import type { PartitionSession } from './partition-session.js';
import type { Shared } from './shared.js';
import { after, type Waiters } from './waiting.js';

/** The part of the drain timeout after which running attempts are asked to end; the rest is theirs to do so. */
const ASK_AFTER = 0.8;

/** Lets go of these partitions: settles them, and commits what has its outcome, and that they ended cleanly. Answers how many attempts were left running. */
export async function drain(
  sessions: readonly PartitionSession[],
  timeout: number,
  shared: Shared,
  waiters: Waiters,
): Promise<number> {
  await settle(sessions, timeout, waiters);
  for (const session of sessions) session.finish();
  await shared.commits.flush();
  return count(sessions);
}

/**
 * Starts nothing more in these partitions and waits for their running attempts (not for backoffs), `timeout` ms at most. Nothing starts again before the
 * caller opens the partitions.
 */
export async function settle(sessions: readonly PartitionSession[], timeout: number, waiters: Waiters): Promise<void> {
  for (const session of sessions) session.close('draining');
  await ended(sessions, timeout, waiters);
}

/** Resolves when no attempt of these partitions runs any more, or after `timeout` ms. */
export async function ended(sessions: readonly PartitionSession[], timeout: number, waiters: Waiters): Promise<void> {
  let late = false;
  const cancels = [
    after(timeout * ASK_AFTER, () => sessions.forEach((session) => session.abortRunning())),
    after(timeout, () => {
      late = true;
      waiters.look();
    }),
  ];
  await waiters.until(() => late || count(sessions) === 0);
  for (const cancel of cancels) cancel();
}

function count(sessions: readonly PartitionSession[]): number {
  return sessions.reduce((sum, session) => sum + session.inFlight, 0);
}
