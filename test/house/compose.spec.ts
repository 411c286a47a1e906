import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { config } from '../services/config.js';

interface Container {
  image: string;
  ports?: string[];
  environment?: Record<string, string | number>;
  command?: string[];
  healthcheck?: object;
}

const root = join(import.meta.dirname, '../..');
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
const containers: Record<string, Container> = compose.services;
const { host, kafka, redis, mariadb, postgres } = config;

/** The settings of a broker by their names in Kafka, as the image derives them from its environment. */
function settingsOf(container: Container): Record<string, string> {
  const named = Object.entries(container.environment ?? {}).filter(([name]) => name.startsWith('KAFKA_'));
  return Object.fromEntries(
    named.map(([name, value]) => [name.slice(6).toLowerCase().replaceAll('_', '.'), `${value}`]),
  );
}

describe('docker-compose.yml', () => {
  it('pins every image to a version', () => {
    for (const { image } of Object.values(containers)) expect(image).toMatch(/:\d+\.\d+(\.\d+)?$/);
  });

  it('checks the health of every service that stays', () => {
    const unchecked = Object.keys(containers).filter((name) => !containers[name].healthcheck);
    expect(unchecked).toEqual(['certificates']);
  });

  it('gives environments in the two types that Docker takes', () => {
    const values = Object.values(containers).flatMap(({ environment = {} }) => Object.values(environment));
    expect(new Set(values.map((value) => typeof value))).toEqual(new Set(['string', 'number']));
  });

  it('publishes on loopback only', () => {
    for (const { ports = [] } of Object.values(containers)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('has the brokers that the services without Docker have, and no others', () => {
    const brokers = Object.keys(containers).filter((name) => name.startsWith('kafka-'));
    expect(brokers).toEqual(kafka.nodes.map(({ id }) => `kafka-${id}`));
  });

  describe.each(kafka.nodes)('broker $id', ({ id, port, securePort, controllerPort }) => {
    const container = containers[`kafka-${id}`];
    const settings = settingsOf(container);

    it('has the same version, cluster id and ports', () => {
      expect(container.image).toBe(`apache/kafka:${kafka.version}`);
      expect(container.environment?.CLUSTER_ID).toBe(kafka.clusterId);
      expect(container.ports).toEqual([port, securePort].map((each) => `${host}:${each}:${each}`));
      expect(settings['node.id']).toBe(`${id}`);
      expect(settings.listeners.split(',')).toEqual(
        expect.arrayContaining([`PLAINTEXT://:${port}`, `SECURE://:${securePort}`, `CONTROLLER://:${controllerPort}`]),
      );
      expect(settings['advertised.listeners'].split(',')).toEqual(
        expect.arrayContaining([`PLAINTEXT://${host}:${port}`, `SECURE://${host}:${securePort}`]),
      );
      expect(settings['controller.quorum.voters'].split(',')).toContain(`${id}@kafka-${id}:${controllerPort}`);
    });

    it('has the same credentials', () => {
      expect(settings['listener.name.secure.ssl.keystore.password']).toBe(kafka.keystorePassword);
      expect(settings['listener.name.secure.sasl.enabled.mechanisms']).toBe(kafka.sasl.mechanism.toUpperCase());
      expect(settings['listener.name.secure.plain.sasl.jaas.config']).toContain(
        ` user_${kafka.sasl.username}="${kafka.sasl.password}";`,
      );
    });

    it('has the same settings', () => {
      const wanted = Object.entries(kafka.settings).map(([name, value]) => [name, `${value}`]);
      expect(settings).toMatchObject(Object.fromEntries(wanted));
    });
  });

  it('has the same Redis, MariaDB and PostgreSQL: ports and credentials', () => {
    expect(containers.redis.ports).toEqual([`${host}:${redis.port}:6379`]);
    expect(containers.redis.command?.join(' ')).toContain(`--requirepass ${redis.password}`);
    expect(mariadb.user).toBe('root');
    expect(containers.mariadb).toMatchObject({
      ports: [`${host}:${mariadb.port}:3306`],
      environment: { MARIADB_ROOT_PASSWORD: mariadb.password, MARIADB_DATABASE: mariadb.database },
    });
    expect(containers.postgres).toMatchObject({
      ports: [`${host}:${postgres.port}:5432`],
      environment: {
        POSTGRES_USER: postgres.user,
        POSTGRES_PASSWORD: postgres.password,
        POSTGRES_DB: postgres.database,
      },
    });
  });
});

describe('test/services/kafka/pom.xml', () => {
  it('brings the version of Kafka that the compose file runs', () => {
    const pom = readFileSync(join(root, 'test/services/kafka/pom.xml'), 'utf8');
    expect(/<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.+?)<\/version>/.exec(pom)?.[1]).toBe(kafka.version);
  });
});
