import type { HandlerCondition } from './condition.js';
import { counted, type Finding } from './finding.js';

/** Keys that do not get on, while the others do. */
export function handlerFindings(handlers: readonly HandlerCondition[]): Finding[] {
  return handlers.flatMap(({ topic, handler, held, failing, stuck }) => {
    const finding = (code: Finding['code'], count: number, message: string): Finding[] =>
      count === 0 ? [] : [{ code, status: 'yellow', topic, handler, message }];
    const keys = (count: number) => `${handler}: ${counted(count, 'key')} of ${topic}`;
    return [
      ...finding(
        'lanes-held',
        held,
        `${keys(held)} held at a record that cannot be handled, until a restart. Give the handler a dead letter topic (@DeadLetter), or make it handle the record`,
      ),
      ...finding(
        'keys-failing',
        failing,
        `${keys(failing)} failing again and again, tried with backoff. The log says why; a dead letter topic or parking (@DeadLetter, @Park) bounds it`,
      ),
      ...finding(
        'attempts-stuck',
        stuck,
        `${keys(stuck)} taken by an attempt that does not end. Give its calls a timeout, and listen to ctx.signal (@Retry({ timeout }))`,
      ),
    ];
  });
}
