import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { realServices } from './addresses.js';
import { config, type ServiceName } from './config.js';
import { brokersKnownTo, hasCoordinators } from './kafka/wire.js';

/** One look at each service, as a client with its credentials; throws when it is not ready for work. */
export const probes: Record<ServiceName, () => Promise<void>> = {
  async kafka() {
    const ports = config.kafka.nodes.map(({ port }) => port);
    await brokersAgree(ports);
    if (!(await hasCoordinators(ports[0]))) throw new Error('no coordinator for groups or transactions yet');
  },

  async redis() {
    const client = new Redis(realServices().redis.url, {
      lazyConnect: true,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
    });
    client.on('error', () => {}); // connect() rejects with it as well
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  },

  async mariadb() {
    const connection = await createConnection({ uri: realServices().mariadb.url, connectTimeout: 5_000 });
    await connection.query('SELECT 1');
    await connection.end();
  },

  async postgres() {
    const client = new Client({ connectionString: realServices().postgres.url, connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
      await client.query('SELECT 1');
    } finally {
      await client.end();
    }
  },
};

/** Throws unless each broker of `ports` answers and lists at least all of them. A listening port alone says too little. */
export async function brokersAgree(ports: number[]): Promise<void> {
  for (const port of ports) {
    const known = await brokersKnownTo(port);
    const missing = ports.filter((other) => !known.includes(other));
    if (missing.length > 0)
      throw new Error(`the broker on port ${port} does not know the one on port ${missing.join(', ')}`);
  }
}
