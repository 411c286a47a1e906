import { ReliableKafkaError } from '../../contracts/index.js';
import type { ProducerCore } from '../../producer/index.js';
import { filledHeaders, markReplay, type DeadLetterEntry } from '../../retry/index.js';
import type { DeadLetterRecipients } from './options.js';

/** Without a parking store a replay is published into its topic, and everybody who reads that receives it: that has to be asked for. */
export class DeadLetterRepublishError extends ReliableKafkaError {
  override readonly name = 'DeadLetterRepublishError';
  constructor(readonly recipients: readonly DeadLetterRecipients[]) {
    const told = recipients.map(({ topic, groups }) => `${topic}: ${groups.join(', ') || 'none that can be seen'}`);
    super(
      'Without a parking store these dead letters can only be published into their topics once more, behind newer records, where these groups receive ' +
        `them (${told.join('; ')}). Handlers of this library leave alone what is for another one; others do not. Give a store as the option 'parking', ` +
        'or pass republish: true',
    );
  }
}

/** Publishes letters into the partitions that they came from, marked as what they are. Resolves when they are acknowledged, in the order given. */
export async function republish(
  core: Pick<ProducerCore, 'send'>,
  letters: readonly DeadLetterEntry[],
  replayId: string,
): Promise<void> {
  const timestamp = String(Date.now());
  for (const topic of new Set(letters.map(({ record }) => record.topic))) {
    const records = letters.filter(({ record }) => record.topic === topic);
    await core.send(topic, (_choose, partitions) =>
      records.map(({ id, record: { key, value, headers, partition } }) => ({
        key,
        value,
        headers: markReplay(filledHeaders(headers), { replayId, letterId: id }),
        timestamp,
        partition: partition % partitions,
      })),
    );
  }
}
