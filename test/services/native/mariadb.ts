import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { serviceFolder, wipe } from '../folders.js';
import type { Launcher } from '../launcher.js';
import { Daemon } from './daemon.js';
import { databaseUser, run } from './process.js';
import { locate, obtain, type Wanted } from './program.js';

const { host, mariadb } = config;
const daemon = new Daemon('mariadb');
const wanted: Wanted[] = [
  { name: 'MariaDB', programs: ['mariadbd'], packages: ['mariadb-server'] },
  { name: 'MariaDB', programs: ['mariadb-install-db'], packages: ['mariadb-server'] },
];

export const nativeMariadb: Launcher = {
  check: () => wanted.forEach(locate),
  async start() {
    const [server, installer] = [await obtain(wanted[0]), await obtain(wanted[1])];
    const user = await databaseUser();
    const folder = serviceFolder(daemon.name);
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const env = { TMPDIR: folder }; // ours may be closed to the user
    if (!existsSync(join(data, 'mysql'))) {
      const args = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'];
      await run(join(installer, 'mariadb-install-db'), args, { cwd: folder, env, user }).catch((error) => {
        rmSync(data, { recursive: true, force: true }); // half a database would pass for a whole one
        throw error;
      });
    }
    const where = [
      `--bind-address=${host}`,
      `--port=${mariadb.port}`,
      `--socket=${join(folder, 'socket')}`,
      '--skip-name-resolve',
    ];
    const args = ['--no-defaults', `--datadir=${data}`, ...where, `--init-file=${accounts(folder)}`];
    await daemon.start({ command: join(server, 'mariadbd'), args, ports: [mariadb.port], user, env });
  },
  async stop({ keepData }) {
    await daemon.stop(keepData ? 'SIGTERM' : 'SIGKILL');
    if (!keepData) wipe(daemon.name);
  },
  mustRun: async () => daemon.mustRun(),
};

/** Statements, one a line as the server wants them, that each start repeats: the same account and database as the Docker image makes. */
function accounts(folder: string): string {
  const file = join(folder, 'accounts.sql');
  const { user, password, database } = mariadb;
  const account = (at: string) => [
    `CREATE OR REPLACE USER '${user}'@'${at}' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO '${user}'@'${at}' WITH GRANT OPTION;`,
  ];
  const statements = [...['%', 'localhost', host].flatMap(account), `CREATE DATABASE IF NOT EXISTS ${database};`];
  writeFileSync(file, `${statements.join('\n')}\n`, { mode: 0o644 });
  return file;
}
