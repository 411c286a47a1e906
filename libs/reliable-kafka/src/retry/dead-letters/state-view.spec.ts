import { describe, expect, it } from '@jest/globals';
import type { DeadLetterState } from '../../contracts/index.js';
import { MemoryLog, POLICY } from '../../../../../test/support/dead-letters.js';
import { stateChange, stateClaim, StateView } from './state-view.js';

const replaying = (replayId: string, at = 1): DeadLetterState => ({ status: 'replaying', replayId, at });

/** The view of a log with these changes, made anew and grown with it. */
async function viewsOf(...changes: readonly ReturnType<typeof stateChange>[]) {
  const log = new MemoryLog();
  const grown = new StateView(POLICY.topic);
  for (const change of changes) {
    log.append({ ...change, headers: {}, timestamp: '1' });
    await grown.refresh(log);
  }
  const anew = new StateView(POLICY.topic);
  await anew.refresh(log);
  expect(anew.get('a')).toEqual(grown.get('a'));
  return anew.get('a');
}

describe('The states of letters in a log', () => {
  it('are what was entered last', async () => {
    expect(await viewsOf()).toBeUndefined();
    expect(await viewsOf(stateChange('a', replaying('r1')), stateChange('a', { status: 'discarded', at: 2 }))).toEqual({
      status: 'discarded',
      at: 2,
    });
  });

  it('give a letter to the first of two that claim it after the same state', async () => {
    const [first, second] = [replaying('r1', 1), replaying('r2', 2)];
    expect(await viewsOf(stateClaim('a', first, undefined), stateClaim('a', second, undefined))).toEqual(first);
    const before: DeadLetterState = { status: 'replayed', replayId: 'r0', at: 0 };
    const claims = [stateClaim('a', first, before), stateClaim('a', second, before)];
    expect(await viewsOf(stateChange('a', before), ...claims)).toEqual(first);
    expect(await viewsOf(stateChange('a', before), ...claims, stateClaim('a', second, first))).toEqual(second);
  });

  it('let a claim count where compaction has taken away what it was made after', async () => {
    const claim = replaying('r2', 2);
    expect(await viewsOf(stateClaim('a', claim, replaying('r1')))).toEqual(claim);
  });

  it('let what ends a replay count over a claim that came to nothing', async () => {
    const ended: DeadLetterState = { status: 'replayed', replayId: 'r1', at: 3 };
    expect(await viewsOf(stateClaim('a', replaying('r2'), undefined), stateChange('a', ended))).toEqual(ended);
  });

  it('forget what is deleted, and what is nonsense', async () => {
    const was = stateChange('a', replaying('r1'));
    expect(await viewsOf(was, { key: Buffer.from('a'), value: null })).toBeUndefined();
    expect(await viewsOf(was, { key: Buffer.from('a'), value: Buffer.from('{"status":"lost"}') })).toBeUndefined();
    expect(await viewsOf(was, { key: null, value: Buffer.from('{') })).toEqual(replaying('r1'));
  });

  it('begin anew with a topic that was made anew', async () => {
    const view = new StateView(POLICY.topic);
    const log = new MemoryLog();
    for (const id of ['a', 'b']) log.append({ ...stateChange(id, replaying('r1')), headers: {}, timestamp: '1' });
    await view.refresh(log);
    const anew = new MemoryLog();
    anew.append({ ...stateChange('b', replaying('r2')), headers: {}, timestamp: '1' });
    await view.refresh(anew);
    expect([view.get('a'), view.get('b')]).toEqual([undefined, replaying('r2')]);
  });
});
