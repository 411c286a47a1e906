import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import type { EmitEvent, ReliableKafkaEvent } from '../contracts/index.js';

/**
 * Everything that the consumer and the producer of a module tell. `events$` is hot and synchronous: a subscriber that takes long holds up
 * what it listens to.
 */
export class ReliableKafkaEvents {
  private readonly subject = new Subject<ReliableKafkaEvent>();
  readonly events$: Observable<ReliableKafkaEvent> = this.subject.asObservable();

  /** @internal */
  readonly emit: EmitEvent = (event) => this.subject.next(event);
}
