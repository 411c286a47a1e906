import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { cacheFolder, certificateFile, serviceFolder } from '../folders.js';
import { run } from './process.js';
import { locate, obtain, type Wanted } from './program.js';

const oldestJava = 17;
const homes = process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin')] : [];
const java: Wanted = {
  name: `Java ${oldestJava} or later`,
  programs: ['java', 'keytool'],
  packages: ['default-jre-headless'],
  folders: homes,
};
const maven: Wanted = { name: 'Maven', programs: ['mvn'], packages: ['maven'] };

const jars = join(cacheFolder, `kafka-${config.kafka.version}`);

/** Throws, with the remedy, when Kafka cannot be had here. Maven is wanted only until the jars are in the cache. */
export function locateKafka(): void {
  locate(java);
  if (!existsSync(jars)) locate(maven);
}

/** The `java` program, of a version that Kafka runs on. */
export async function obtainJava(): Promise<string> {
  const program = join(await obtain(java), 'java');
  const [, version] = /^\w+ ([\d.]+)/.exec(await run(program, ['--version'])) ?? [];
  if (Number.parseInt(version ?? '0', 10) >= oldestJava) return program;
  throw new Error(
    `${program} is version ${version}, Kafka needs ${oldestJava}. Remedy: install it and put it first on PATH`,
  );
}

/** Kafka's jars, from the cache or by Maven; gives the class path. */
export async function obtainJars(): Promise<string> {
  if (!existsSync(jars)) {
    const mvn = join(await obtain(maven), 'mvn');
    mkdirSync(cacheFolder, { recursive: true });
    const fresh = mkdtempSync(`${jars}-`);
    const pom = join(import.meta.dirname, '../kafka/pom.xml');
    try {
      await run(mvn, [
        '-q',
        '-B',
        '-f',
        pom,
        'dependency:copy-dependencies',
        `-DoutputDirectory=${fresh}`,
        '-DincludeScope=runtime',
      ]);
      renameSync(fresh, jars);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return join(jars, '*');
}

/** A key and a self-signed certificate for the SASL_SSL listeners, made once per data folder; gives the key store. */
export async function makeCertificate(): Promise<string> {
  const keystore = join(serviceFolder('certificates'), 'broker.p12');
  if (!existsSync(certificateFile)) {
    rmSync(keystore, { force: true });
    const keytool = join(locate(java), 'keytool');
    const store = [
      '-alias',
      'broker',
      '-keystore',
      keystore,
      '-storetype',
      'PKCS12',
      '-storepass',
      config.kafka.keystorePassword,
    ];
    const names = ['-dname', 'CN=localhost', '-ext', `san=dns:localhost,ip:${config.host}`];
    await run(keytool, ['-genkeypair', '-keyalg', 'RSA', '-validity', '3650', ...names, ...store]);
    await run(keytool, ['-exportcert', '-rfc', '-file', certificateFile, ...store]);
  }
  return keystore;
}
