import type { PartitionSession } from './partition-session.js';
import type { Shared } from './shared.js';
import { after, type Waiters } from './waiting.js';

/** The part of the drain timeout after which running attempts are asked to end; the rest is theirs to do so. */
const ASK_AFTER = 0.8;

/**
 * Starts nothing more in these partitions and waits for their running attempts (not for backoffs), `timeout` ms at most; then commits what has
 * its outcome. Answers how many attempts were left running. Nothing starts again before the caller opens the partitions.
 */
export async function drain(
  sessions: readonly PartitionSession[],
  timeout: number,
  shared: Shared,
  waiters: Waiters,
): Promise<number> {
  for (const session of sessions) session.close('draining');
  await ended(sessions, timeout, waiters);
  await shared.commits.flush();
  return count(sessions);
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
