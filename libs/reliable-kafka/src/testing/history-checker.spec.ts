import { describe, expect, it } from '@jest/globals';
import { HistoryChecker } from './history-checker.js';

function run(checker: HistoryChecker, key: string, id: string, worker = 'w1', ok = true) {
  checker.started(key, id, worker);
  checker.ended(key, id, worker, ok);
}

describe('HistoryChecker', () => {
  it('finds nothing in a history that is whole and in order', () => {
    const checker = new HistoryChecker();
    for (const id of ['a1', 'a2']) checker.sent('a', id);
    checker.sent('b', 'b1');
    run(checker, 'b', 'b1');
    run(checker, 'a', 'a1');
    run(checker, 'a', 'a2');
    expect(checker.check()).toEqual({
      sent: 3,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      overlapped: 0,
      effects: 0,
      vacuous: false,
      counterexamples: [],
    });
  });

  it('is vacuous when no key repeats', () => {
    const checker = new HistoryChecker();
    checker.sent('a', 'a1');
    checker.sent('b', 'b1');
    expect(checker.check().vacuous).toBe(true);
  });

  it('counts what was sent and never ended well as lost, a failed run included', () => {
    const checker = new HistoryChecker();
    checker.sent('a', 'a1');
    checker.sent('a', 'a2');
    run(checker, 'a', 'a1', 'w1', false);
    expect(checker.check()).toMatchObject({ sent: 2, lost: 2 });
  });

  it('counts a second good end as a duplicate and not as a reordering', () => {
    const checker = new HistoryChecker();
    checker.sent('a', 'a1');
    checker.sent('a', 'a2');
    run(checker, 'a', 'a1');
    run(checker, 'a', 'a2');
    run(checker, 'a', 'a1');
    expect(checker.check()).toMatchObject({ duplicated: 1, reordered: 0 });
  });

  it('counts an id that ended after a later one as reordered, with a counterexample', () => {
    const checker = new HistoryChecker();
    checker.sent('a', 'a1');
    checker.sent('a', 'a2');
    run(checker, 'a', 'a2');
    run(checker, 'a', 'a1');
    const report = checker.check();
    expect(report.reordered).toBe(1);
    expect(report.counterexamples).toEqual(['key a: sent a1, a2; ended a2, a1']);
  });

  it('counts two open runs of one key as overlapped, in other keys not', () => {
    const checker = new HistoryChecker();
    checker.started('a', 'a1', 'w1');
    checker.started('b', 'b1', 'w1');
    checker.started('a', 'a2', 'w2');
    expect(checker.check().overlapped).toBe(1);
  });

  it('closes the open runs of a worker that died', () => {
    const checker = new HistoryChecker();
    checker.sent('a', 'a1');
    checker.started('a', 'a1', 'w1');
    checker.died('w1');
    run(checker, 'a', 'a1', 'w2');
    expect(checker.check()).toMatchObject({ overlapped: 0, lost: 0, duplicated: 0 });
  });

  it('refuses an end without a start', () => {
    expect(() => new HistoryChecker().ended('a', 'a1', 'w1')).toThrow('had not started');
  });
});
