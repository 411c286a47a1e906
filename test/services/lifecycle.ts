import { type BrokerId, config, type ServiceName, serviceNames } from './config.js';
import { dockerLaunchers, dockerWorks } from './docker.js';
import type { KafkaLauncher, KillSignal, Launcher, StopOptions } from './launcher.js';
import { exclusively } from './lock.js';
import { nativeKafka } from './native/kafka.js';
import { nativeMariadb } from './native/mariadb.js';
import { nativePostgres } from './native/postgres.js';
import { nativeRedis } from './native/redis.js';
import { brokersAgree, probes } from './probes.js';
import { until } from './wait.js';

export interface ServiceStatus {
  name: ServiceName;
  up: boolean;
  /** Why it is not up, with the remedy when something is missing; empty when it is up. */
  why: string;
}

const nativeLaunchers = { kafka: nativeKafka, redis: nativeRedis, mariadb: nativeMariadb, postgres: nativePostgres };
const readyWithin = 120_000;

let chosen: Promise<Record<ServiceName, Launcher> & { kafka: KafkaLauncher }> | undefined;

/** Docker when it works, processes of this machine otherwise. */
function launchers() {
  chosen ??= dockerWorks().then((works) => (works ? dockerLaunchers : nativeLaunchers));
  return chosen;
}

/** Starts what does not run of `names`, and resolves when it is ready or cannot be. One that fails does not stop the others. */
export function up(names: readonly ServiceName[] = serviceNames): Promise<ServiceStatus[]> {
  return exclusively(() => eachOf(names, bringUp));
}

/** Stops `names`, whoever started them. Their data goes, unless `keepData`. */
export async function down(
  names: readonly ServiceName[] = serviceNames,
  { keepData = false }: StopOptions = {},
): Promise<void> {
  const all = await launchers();
  await exclusively(() => Promise.all(names.map((name) => all[name].stop({ keepData }))));
}

/** A look at `names` that changes nothing. */
export function status(names: readonly ServiceName[] = serviceNames): Promise<ServiceStatus[]> {
  return eachOf(names, async (launcher, probe) => {
    await launcher.check();
    await launcher.mustRun();
    await probe();
  });
}

/** Ends one broker with `signal`, SIGKILL by default, and resolves when its process is gone. The others take some seconds to notice. */
export async function killBroker(id: BrokerId, signal: KillSignal = 'SIGKILL'): Promise<void> {
  await (await launchers()).kafka.killBroker(id, signal);
}

/**
 * Starts a broker again on the data that it had, and resolves when each running broker answers and lists all running ones.
 * Kafka's quorum needs two of the three: a single one never becomes ready, and after 120 s this rejects.
 */
export async function startBroker(id: BrokerId): Promise<void> {
  const { kafka } = await launchers();
  await kafka.startBroker(id);
  const running = await kafka.runningBrokers();
  const ports = config.kafka.nodes.filter((node) => running.includes(node.id)).map(({ port }) => port);
  await until(`broker ${id} to be ready`, () => brokersAgree(ports), { within: readyWithin });
}

async function bringUp(launcher: Launcher, probe: () => Promise<void>, name: ServiceName): Promise<void> {
  await launcher.start();
  await until(`${name} to be ready`, probe, { within: readyWithin, unless: () => launcher.mustRun() });
}

async function eachOf(
  names: readonly ServiceName[],
  work: (launcher: Launcher, probe: () => Promise<void>, name: ServiceName) => Promise<void>,
): Promise<ServiceStatus[]> {
  const all = await launchers();
  const one = async (name: ServiceName): Promise<ServiceStatus> => {
    try {
      await work(all[name], probes[name], name);
      return { name, up: true, why: '' };
    } catch (error) {
      return { name, up: false, why: (error as Error).message };
    }
  };
  return Promise.all(names.map(one));
}
