import type { DataSource, QueryRunner } from 'typeorm';

/** Where a transaction gets its connection. */
export interface Connections {
  /** Rejects with `NoConnectionError` when none is free in time. It goes back by `release`, once. */
  acquire(): Promise<Lease>;
  close(): Promise<void>;
}

export interface Lease {
  readonly runner: QueryRunner;
  release(): void;
}

/** How a query runner is made, past the check for handlers that use other connections than their own. */
export type CreateRunner = DataSource['createQueryRunner'];
