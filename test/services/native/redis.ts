import { join } from 'node:path';
import { config } from '../config.js';
import { serviceFolder, wipe } from '../folders.js';
import type { Launcher } from '../launcher.js';
import { Daemon } from './daemon.js';
import { locate, obtain, type Wanted } from './program.js';

const { host, redis } = config;
const daemon = new Daemon('redis');
const wanted: Wanted = { name: 'Redis', programs: ['redis-server'], packages: ['redis-server'] };

export const nativeRedis: Launcher = {
  check: () => void locate(wanted),
  async start() {
    const command = join(await obtain(wanted), 'redis-server');
    const where = ['--bind', host, '--port', `${redis.port}`, '--requirepass', redis.password];
    const memoryOnly = ['--save', '', '--appendonly', 'no', '--dir', serviceFolder(daemon.name)];
    await daemon.start({ command, args: [...where, ...memoryOnly], ports: [redis.port] });
  },
  async stop({ keepData }) {
    await daemon.stop('SIGTERM');
    if (!keepData) wipe(daemon.name);
  },
  mustRun: async () => daemon.mustRun(),
};
