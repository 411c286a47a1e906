import type { DataSource } from 'typeorm';
import type { ConfigurationProblem, Probe, StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { dataSourceFor } from './data-source.js';
import { probeDatabase } from './database-probe.js';
import type { Dialect } from './dialect.js';

/**
 * For `probes` in the options of the module: tells whether the database of a DataSource can be reached, where no store is in it
 * (`typeormIdempotency()` tells that of its own). It connects anew and reads; whether it may be written to, it does not tell.
 *
 * The DataSource, or the token of its provider. Default: TypeORM's class `DataSource`, by which `@nestjs/typeorm` provides the first one.
 */
export function typeormProbe(dataSource?: unknown): Probe {
  return new TypeormProbe(dataSource);
}

class TypeormProbe implements Probe {
  readonly backend = 'database';
  private database: readonly [DataSource, Dialect] | undefined;

  constructor(private readonly given: unknown) {}

  async open(context: StoreContext): Promise<readonly ConfigurationProblem[]> {
    try {
      this.database = dataSourceFor(this.given, 'typeormProbe()', context);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  }

  probe(): Promise<void> {
    return probeDatabase(...this.database!, (query) => query('SELECT 1'));
  }
}
