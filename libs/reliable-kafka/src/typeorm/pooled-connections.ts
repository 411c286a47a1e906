import type { QueryRunner } from 'typeorm';
import type { Connections, CreateRunner, Lease } from './connections.js';
import { NoConnectionError } from './errors.js';

/** Connections out of the pool of the application's own DataSource. */
export class PooledConnections implements Connections {
  constructor(
    private readonly create: CreateRunner,
    private readonly timeout: number,
  ) {}

  async acquire(): Promise<Lease> {
    const runner = this.create('master');
    await this.connected(runner);
    return { runner, release: () => undefined };
  }

  async close(): Promise<void> {}

  private async connected(runner: QueryRunner): Promise<void> {
    const connecting = runner.connect();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // One that comes later goes back at once.
        connecting.then(
          () => runner.release(),
          () => undefined,
        );
        reject(
          new NoConnectionError(
            `No connection of the pool came free within ${this.timeout} ms. Make the pool larger, or keep more of it free of claims: typeormIdempotency({ reserve })`,
          ),
        );
      }, this.timeout);
    });
    try {
      await Promise.race([connecting, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
