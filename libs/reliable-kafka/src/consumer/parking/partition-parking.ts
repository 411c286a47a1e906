import type { DueKey, ParkedState, ParkingOwner } from '../../contracts/index.js';
import { ParkingFencedError, refOf } from '../../contracts/index.js';
import type { Lane } from '../../ordering/index.js';
import type { Epoch } from '../epoch.js';
import type { Task } from '../task.js';
import type { Filed, Filing } from './filing.js';
import { LATER, WHEN_OPEN } from './filing.js';
import { OwnedParking } from './owned-parking.js';
import type { Parking } from './parking.js';

/** The parking of one partition in one epoch: takes it over before anything starts, and notices when it is another's. */
export class PartitionParking {
  private owned: OwnedParking | undefined;

  constructor(
    private readonly epoch: Epoch,
    private readonly parking: Parking,
    /** The owner that moved the position: what is parked from there on is forgotten. */
    private readonly rewinding?: ParkingOwner,
  ) {}

  get owner(): ParkingOwner | undefined {
    return this.owned?.owner;
  }

  /** Records that wait in the store. */
  get records(): number {
    return this.owned?.records ?? 0;
  }

  /** Keys whose round is in hand. */
  get rounds(): number {
    return this.owned?.rounds ?? 0;
  }

  private get session() {
    return this.epoch.session;
  }

  private get isCurrent(): boolean {
    return this.session.isCurrent(this.epoch);
  }

  /** Opens the partition when what is parked is ours and known, however long the store is away. */
  async load(): Promise<void> {
    await this.persist(async () => {
      const state = await this.find();
      if (this.isCurrent) this.owned ??= new OwnedParking(state, this.epoch, this.parking);
    });
    if (!this.isCurrent) return;
    this.session.open('loading');
    this.parking.rounds.within(0);
  }

  /** Opens the partition, which came back: nobody else can have committed meanwhile, but somebody may have parked. */
  async verify(): Promise<void> {
    const owner = this.owner!;
    let isOurs = false;
    await this.persist(async () => {
      isOurs = await this.parking.store.owns(owner);
    });
    if (!isOurs) this.lose(new ParkingFencedError(owner));
    else if (this.isCurrent) this.session.open('loading');
  }

  /** What the turn of a record means that comes from the log. */
  turnOf(task: Task): Filing | undefined {
    return task.parked ? undefined : this.owned?.turnOf(task);
  }

  /** The next round of a key is due. */
  begin(due: DueKey): void {
    if (this.isCurrent && due.owner.epoch === this.owner?.epoch) this.owned!.begin(due);
  }

  /** Never rejects. */
  async file(task: Task, lane: Lane<Task>): Promise<Filed> {
    const { store, outages, emit } = this.parking;
    if (!this.owned) return WHEN_OPEN;
    try {
      return await this.owned.file(task, lane);
    } catch (error) {
      if (error instanceof ParkingFencedError) this.lose(error);
      else if (!(await outages.isDown(store.backend, this.session))) {
        const handler = task.route.binding.label;
        emit({ type: 'parking-failed', record: refOf(task.record), handler, error, retryInMs: LATER.retryIn });
        return LATER;
      }
      return WHEN_OPEN;
    }
  }

  async sweep(): Promise<void> {
    const { lastCommitted } = this.epoch;
    if (!this.isCurrent || lastCommitted === undefined) return;
    try {
      await this.owned?.sweep(lastCommitted);
    } catch (error) {
      if (!(error instanceof ParkingFencedError)) throw error;
      this.lose(error);
    }
  }

  private async find(): Promise<ParkedState> {
    const { store, group } = this.parking;
    const { topic, partition } = this.session;
    const position = this.epoch.start;
    if (this.rewinding) {
      try {
        return await store.rewind(this.rewinding, position);
      } catch (error) {
        // Another one had it since the position was moved, and has parked what it read from there.
        if (!(error instanceof ParkingFencedError)) throw error;
      }
    }
    return store.takeOver({ group, topic, partition }, position);
  }

  /** Until it succeeds, or the epoch is over. */
  private async persist(work: () => Promise<void>): Promise<void> {
    let isDone = false;
    const again = async () => {
      if (isDone || !this.isCurrent) return;
      await work();
      isDone = true;
    };
    for (;;) {
      try {
        return await again();
      } catch (error) {
        await this.parking.outages.begin('the parking store', error, this.session, again);
      }
    }
  }

  private lose(error: ParkingFencedError): void {
    if (!this.owned || !this.isCurrent) return;
    this.owned = undefined;
    const { topic, partition } = this.session;
    this.parking.emit({ type: 'parking-fenced', topic, partition, error });
    this.session.parkingLost(this.epoch);
  }
}
