import { join } from 'node:path';
import { type BrokerId, config, type ServiceName } from './config.js';
import { certificateFile, serviceFolder } from './folders.js';
import type { KafkaLauncher, Launcher } from './launcher.js';
import { run } from './native/process.js';

const composeFile = join(import.meta.dirname, '../../docker-compose.yml');
const compose = (...args: string[]) => run('docker', ['compose', '-f', composeFile, ...args], { within: 900_000 });
const brokers = config.kafka.nodes.map(({ id }) => ({ id, container: `kafka-${id}` }));
const containerOf = (id: BrokerId) => `kafka-${id}`;

/** Docker with a daemon that answers, and its compose plugin. */
export async function dockerWorks(): Promise<boolean> {
  try {
    await Promise.all([run('docker', ['compose', 'version']), run('docker', ['info'], { within: 20_000 })]);
    return true;
  } catch {
    return false;
  }
}

export const dockerLaunchers: Record<ServiceName, Launcher> & { kafka: KafkaLauncher } = {
  redis: containers('redis'),
  mariadb: containers('mariadb'),
  postgres: containers('postgres'),
  kafka: {
    ...containers(...brokers.map(({ container }) => container)),
    async start() {
      await compose('up', '-d', ...brokers.map(({ container }) => container));
      serviceFolder('certificates');
      await compose('cp', `${containerOf(1)}:/certificates/certificate.pem`, certificateFile);
    },
    async runningBrokers() {
      const running = await runningContainers();
      return brokers.filter(({ container }) => running.includes(container)).map(({ id }) => id);
    },
    async killBroker(id, signal) {
      const container = containerOf(id);
      await (signal === 'SIGKILL' ? compose('kill', container) : compose('stop', container));
    },
    async startBroker(id) {
      await compose('start', containerOf(id));
    },
  },
};

function containers(...names: string[]): Launcher {
  return {
    check() {},
    start: async () => void (await compose('up', '-d', ...names)),
    stop: async ({ keepData }) =>
      void (await (keepData ? compose('stop', ...names) : compose('rm', '-s', '-f', '-v', ...names))),
    async mustRun() {
      const running = await runningContainers();
      const ended = names.filter((name) => !running.includes(name));
      if (ended.length === 0) return;
      throw new Error(`${ended.join(', ')} ended:\n${await compose('logs', '--tail', '15', ...ended)}`);
    },
  };
}

async function runningContainers(): Promise<string[]> {
  return (await compose('ps', '--services', '--status', 'running')).split('\n').filter(Boolean);
}
