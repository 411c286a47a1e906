import { errors, type ErrorCode } from '../wire/index.js';
import { after } from '../timer.js';
import type { Groups } from '../groups/index.js';
import type { Topics } from '../log/index.js';

const HIGHEST_EPOCH = 0x7fff - 1;
const LONGEST_TIMEOUT_MS = 900_000;

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

interface Transactional {
  producerId: number;
  epoch: number;
  timeoutMs: number;
  state: 'Empty' | 'Ongoing' | 'Committed' | 'Aborted';
  /** `topic` → partitions that this transaction writes to. */
  readonly partitions: Map<string, Set<number>>;
  readonly groups: Set<string>;
  cancelTimeout: () => void;
}

/** The transaction coordinator: hands out producer ids, fences old holders, and ends transactions with markers. */
export class Transactions {
  private readonly byId = new Map<string, Transactional>();
  private nextProducerId = 0;

  constructor(
    private readonly topics: Topics,
    private readonly groups: Groups,
  ) {}

  /** Without a transactional id always a new identity; with one the same id in a new epoch, which fences older ones. */
  initProducer(transactionalId: string | null, timeoutMs: number): ProducerIdentity | ErrorCode {
    if (transactionalId === null) return { producerId: this.nextProducerId++, producerEpoch: 0 };
    if (transactionalId === '') return errors.INVALID_REQUEST;
    if (timeoutMs <= 0 || timeoutMs > LONGEST_TIMEOUT_MS) return errors.INVALID_TRANSACTION_TIMEOUT;
    const known = this.byId.get(transactionalId);
    if (known?.state === 'Ongoing') this.fence(known);
    if (known && known.epoch < HIGHEST_EPOCH) {
      Object.assign(known, { epoch: known.epoch + 1, timeoutMs, state: 'Empty' });
      return { producerId: known.producerId, producerEpoch: known.epoch };
    }
    const fresh = create(this.nextProducerId++, timeoutMs);
    this.byId.set(transactionalId, fresh);
    return { producerId: fresh.producerId, producerEpoch: fresh.epoch };
  }

  /** Why this identity may not act for the transactional id. */
  objection(transactionalId: string, { producerId, producerEpoch }: ProducerIdentity): ErrorCode | undefined {
    const known = this.byId.get(transactionalId);
    if (known?.producerId !== producerId) return errors.INVALID_PRODUCER_ID_MAPPING;
    return known.epoch === producerEpoch ? undefined : errors.PRODUCER_FENCED;
  }

  addPartition(transactionalId: string, topic: string, partition: number): void {
    const transaction = this.begin(transactionalId);
    const partitions = transaction.partitions.get(topic) ?? new Set();
    transaction.partitions.set(topic, partitions.add(partition));
  }

  addGroup(transactionalId: string, group: string): void {
    this.begin(transactionalId).groups.add(group);
  }

  hasPartition(transactionalId: string, topic: string, partition: number): boolean {
    const known = this.byId.get(transactionalId);
    return known?.state === 'Ongoing' && (known.partitions.get(topic)?.has(partition) ?? false);
  }

  hasGroup(transactionalId: string, group: string): boolean {
    const known = this.byId.get(transactionalId);
    return known?.state === 'Ongoing' && known.groups.has(group);
  }

  /** Repeating the last end is harmless; every other end without a beginning is an error. */
  end(transactionalId: string, committed: boolean): ErrorCode {
    const known = this.byId.get(transactionalId)!;
    const wanted = committed ? 'Committed' : 'Aborted';
    if (known.state === wanted) return errors.NONE;
    if (known.state !== 'Ongoing') return errors.INVALID_TXN_STATE;
    this.finish(known, committed);
    return errors.NONE;
  }

  stop(): void {
    for (const transaction of this.byId.values()) transaction.cancelTimeout();
  }

  private begin(transactionalId: string): Transactional {
    const known = this.byId.get(transactionalId)!;
    if (known.state !== 'Ongoing') {
      known.state = 'Ongoing';
      known.cancelTimeout = after(known.timeoutMs, () => this.fence(known));
    }
    return known;
  }

  /** Aborts in a newer epoch, so that the old holder can neither write to its partitions nor end anything. */
  private fence(transaction: Transactional): void {
    transaction.epoch += 1;
    this.finish(transaction, false);
  }

  private finish(transaction: Transactional, committed: boolean): void {
    const { producerId, epoch, partitions, groups } = transaction;
    transaction.cancelTimeout();
    transaction.state = committed ? 'Committed' : 'Aborted';
    for (const [topic, indexes] of partitions) {
      for (const index of indexes) this.topics.log(topic, index)?.endTransaction(producerId, epoch, committed);
    }
    for (const group of groups) this.groups.get(group)?.offsets.endTransaction(producerId, committed);
    partitions.clear();
    groups.clear();
  }
}

function create(producerId: number, timeoutMs: number): Transactional {
  return {
    producerId,
    epoch: 0,
    timeoutMs,
    state: 'Empty',
    partitions: new Map(),
    groups: new Set(),
    cancelTimeout: () => {},
  };
}
