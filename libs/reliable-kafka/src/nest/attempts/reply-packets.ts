import type { Observable } from 'rxjs';

/** One reply to a request, as Nest's clients understand it: values, then an error or the end. */
export interface ReplyPacket {
  response?: unknown;
  err?: unknown;
  isDisposed?: boolean;
}

/** What a handler answers, packet by packet as it comes. A value that is the last one says so itself. */
export async function* packetsOf(answer: Observable<unknown>): AsyncGenerator<ReplyPacket, void> {
  const arrived: ReplyPacket[] = [];
  let wake = (): void => undefined;
  const end = (packet?: ReplyPacket): void => {
    const last = packet ?? arrived.at(-1) ?? {};
    if (last !== arrived.at(-1)) arrived.push(last);
    last.isDisposed = true;
    wake();
  };
  const subscription = answer.subscribe({
    next: (response) => {
      arrived.push({ response });
      wake();
    },
    error: (err: unknown) => end({ err }),
    complete: () => end(),
  });
  try {
    for (;;) {
      if (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      await undefined; // the end may be right behind the value
      const packet = arrived.shift()!;
      yield packet;
      if (packet.isDisposed) return;
    }
  } finally {
    subscription.unsubscribe();
  }
}
