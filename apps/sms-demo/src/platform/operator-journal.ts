import { API_KEY_HEADER } from 'sms-contracts';
import { request } from 'undici';

export interface JournalSummary {
  readonly accepted: number;
  readonly repeated: number;
  readonly overlapped: number;
}

/** One SMS as the operator accepted it; the key is its `smsId`. */
export interface Arrival {
  readonly key: string;
  readonly at: number;
}

/** What the simulated operator saw. */
export class OperatorJournal {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  summary(): Promise<JournalSummary> {
    return this.read('/journal/summary');
  }

  everything(): Promise<JournalSummary & { arrivals: Arrival[] }> {
    return this.read('/journal');
  }

  private async read<T>(path: string): Promise<T> {
    const { statusCode, body } = await request(this.url + path, { headers: { [API_KEY_HEADER]: this.key } });
    if (statusCode !== 200) throw new Error(`The operator's journal answered ${statusCode}: ${await body.text()}`);
    return (await body.json()) as T;
  }
}
