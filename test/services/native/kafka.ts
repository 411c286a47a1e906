import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrokerId, config } from '../config.js';
import { serviceFolder, wipe } from '../folders.js';
import type { KafkaLauncher } from '../launcher.js';
import { Daemon } from './daemon.js';
import { locateKafka, makeCertificate, obtainJars, obtainJava } from './java.js';
import { run } from './process.js';

const { host, kafka } = config;
const daemons = new Map(kafka.nodes.map(({ id }) => [id, new Daemon(`kafka-${id}`)]));

/** Three brokers, each a process of its own and a controller as well. */
export const nativeKafka: KafkaLauncher = {
  check: locateKafka,
  async start() {
    await Promise.all([...daemons.keys()].map(startBroker));
  },
  async stop({ keepData }) {
    // Nothing is worth a controlled shutdown when the data goes.
    await Promise.all([...daemons.values()].map((daemon) => daemon.stop(keepData ? 'SIGTERM' : 'SIGKILL')));
    if (!keepData) [...daemons.values()].forEach(({ name }) => wipe(name));
  },
  async mustRun() {
    for (const daemon of daemons.values()) daemon.mustRun();
  },
  async runningBrokers() {
    return [...daemons.keys()].filter((id) => daemons.get(id)!.running);
  },
  killBroker: (id, signal) => daemons.get(id)!.stop(signal),
  startBroker,
};

async function startBroker(id: BrokerId): Promise<void> {
  const daemon = daemons.get(id)!;
  if (daemon.running) return;
  const { java, classPath, keystore } = await prepare();
  const folder = serviceFolder(daemon.name);
  const properties = join(folder, 'node.properties');
  writeFileSync(properties, nodeProperties(id, join(folder, 'data'), keystore));
  if (!existsSync(join(folder, 'data', 'meta.properties'))) {
    await run(java, [
      ...quickJvm,
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      kafka.clusterId,
      '-c',
      properties,
    ]);
  }
  const { port, securePort, controllerPort } = kafka.nodes.find((node) => node.id === id)!;
  const logging = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../kafka/log4j2.properties')}`;
  const args = ['-Xms256m', '-Xmx1g', '-XX:+UseG1GC', logging, '-cp', classPath, 'kafka.Kafka', properties];
  await daemon.start({ command: java, args, ports: [port, securePort, controllerPort] });
}

/** For a tool that runs a second: no time to optimise. */
const quickJvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

interface Parts {
  java: string;
  classPath: string;
  keystore: string;
}

let preparing: Promise<Parts> | undefined;

/** What the brokers share; they start side by side, and one preparation serves them all. */
function prepare(): Promise<Parts> {
  preparing ??= obtainParts().finally(() => (preparing = undefined));
  return preparing;
}

async function obtainParts(): Promise<Parts> {
  const java = await obtainJava();
  const [classPath, keystore] = await Promise.all([obtainJars(), makeCertificate()]);
  return { java, classPath, keystore };
}

function nodeProperties(id: BrokerId, logFolder: string, keystore: string): string {
  const node = kafka.nodes.find((candidate) => candidate.id === id)!;
  const { username, password } = kafka.sasl;
  const properties = {
    'node.id': id,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': kafka.nodes.map((voter) => `${voter.id}@${host}:${voter.controllerPort}`).join(','),
    listeners: `PLAINTEXT://${host}:${node.port},SECURE://${host}:${node.securePort},CONTROLLER://${host}:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${node.port},SECURE://${host}:${node.securePort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.name.secure.ssl.keystore.type': 'PKCS12',
    'listener.name.secure.ssl.keystore.location': keystore,
    'listener.name.secure.ssl.keystore.password': kafka.keystorePassword,
    'listener.name.secure.sasl.enabled.mechanisms': kafka.sasl.mechanism.toUpperCase(),
    'listener.name.secure.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
    'log.dirs': logFolder,
    ...kafka.settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
