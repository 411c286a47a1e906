import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Data, logs and pid files: outside the tree, one folder per user. */
export const dataFolder = join(tmpdir(), `reliable-kafka-services-${userInfo().username}`);

/** What is worth keeping between runs: Kafka's jars. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'reliable-kafka');

/** What the certificate of the SASL_SSL listeners is, for clients to trust. */
export const certificateFile = join(dataFolder, 'certificate.pem');

/** The folder of one service; passable for others because a database's process may belong to another user. */
export function serviceFolder(name: string): string {
  const folder = join(dataFolder, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(dataFolder, 0o755);
  return folder;
}

export function wipe(name: string): void {
  rmSync(join(dataFolder, name), { recursive: true, force: true });
}
