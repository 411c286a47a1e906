import type { DataSource } from 'typeorm';
import type { Connections, Lease } from './connections.js';
import type { DialectName } from './dialect.js';
import { openOwnDataSource } from './own-data-source.js';
import { poolOf } from './pool-size.js';
import { PooledConnections } from './pooled-connections.js';

const SIZE = 2;

/** A small pool of our own, opened on first use: for what must go on while the application holds every connection of its own. */
export class OwnPool implements Connections {
  private opening: Promise<DataSource> | undefined;

  constructor(
    private readonly application: DataSource,
    private readonly dialect: DialectName,
    private readonly timeout: number,
    private readonly size = SIZE,
  ) {}

  async acquire(): Promise<Lease> {
    const own = await (this.opening ??= this.open());
    return new PooledConnections(own.createQueryRunner.bind(own), this.timeout).acquire();
  }

  async close(): Promise<void> {
    const own = await this.opening?.catch(() => undefined);
    await own?.destroy();
  }

  private async open(): Promise<DataSource> {
    try {
      return await openOwnDataSource(this.application, poolOf(this.size, this.application, this.dialect));
    } catch (error) {
      this.opening = undefined;
      throw error;
    }
  }
}
