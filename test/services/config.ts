/**
 * Ports and credentials of the real services, the one place where they are written for the tests.
 * docker-compose.yml repeats them for Docker; test/house/compose.spec.ts compares the two.
 * The credentials guard test data on loopback and are no secrets.
 */
export const config = {
  host: '127.0.0.1',
  /** Held while services are started or stopped, so that two callers do not do it at once. */
  lockPort: 19000,
  kafka: {
    version: '4.3.1',
    /** 22 characters: Kafka wants 16 bytes in base64. */
    clusterId: 'reliable-kafka-tests-g',
    nodes: [
      { id: 1, port: 19092, securePort: 19192, controllerPort: 19292 },
      { id: 2, port: 19093, securePort: 19193, controllerPort: 19293 },
      { id: 3, port: 19094, securePort: 19194, controllerPort: 19294 },
    ],
    /** Of the SECURE listeners (SASL_SSL). */
    sasl: { mechanism: 'plain', username: 'reliable', password: 'reliable' },
    keystorePassword: 'reliable',
    settings: {
      'num.partitions': 1,
      'default.replication.factor': 3,
      'min.insync.replicas': 2,
      'offsets.topic.replication.factor': 3,
      'offsets.topic.num.partitions': 10,
      'transaction.state.log.replication.factor': 3,
      'transaction.state.log.min.isr': 2,
      'transaction.state.log.num.partitions': 10,
      'share.coordinator.state.topic.replication.factor': 3,
      'share.coordinator.state.topic.min.isr': 2,
      'group.initial.rebalance.delay.ms': 0,
      'auto.create.topics.enable': true,
      'delete.topic.enable': true,
    },
  },
  redis: { port: 16379, password: 'reliable' },
  mariadb: { port: 13306, user: 'root', password: 'reliable', database: 'reliable' },
  postgres: { port: 15432, user: 'reliable', password: 'reliable', database: 'postgres' },
} as const;

export type ServiceName = 'kafka' | 'redis' | 'mariadb' | 'postgres';
export const serviceNames: readonly ServiceName[] = ['kafka', 'redis', 'mariadb', 'postgres'];

/** Kafka node ids, as `killBroker` and `startBroker` take them. */
export type BrokerId = (typeof config.kafka.nodes)[number]['id'];
