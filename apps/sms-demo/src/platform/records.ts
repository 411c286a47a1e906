import { Pool } from 'pg';
import { DELIVERED, FAILED, SENT } from 'sms-contracts';

/** How far the SMS of one API client are, by their records. */
export interface Progress {
  readonly recorded: number;
  readonly sent: number;
  readonly delivered: number;
  readonly failed: number;
}

/** Reads `sms_record`, as an operator of the platform would. */
export class Records {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: 1 });
    this.pool.on('error', () => {});
  }

  async progress(client: string): Promise<Progress> {
    const { rows } = await this.pool.query<{ status: number; count: number }>(
      'SELECT status, count(*)::int AS count FROM sms_record WHERE client = $1 GROUP BY status',
      [client],
    );
    const count = (...statuses: number[]) =>
      rows.filter(({ status }) => statuses.includes(status)).reduce((sum, row) => sum + row.count, 0);
    return {
      recorded: rows.reduce((sum, row) => sum + row.count, 0),
      sent: count(SENT, DELIVERED),
      delivered: count(DELIVERED),
      failed: count(FAILED),
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
