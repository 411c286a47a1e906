import * as fc from 'fast-check';
import { transactionMarker } from '../wire/index.js';
import { PartitionLog } from './partition-log.js';

/** Any batch will do where only its place matters. */
const batch = (): Buffer => transactionMarker(-1, -1, true, 1_000);
const SIZE = batch().length;
const filled = (count: number): PartitionLog => {
  const log = new PartitionLog();
  for (let index = 0; index < count; index++) log.append(batch(), { logAppendTime: false });
  return log;
};

describe('a partition log', () => {
  it('counts what a reader can have and gives exactly that', () => {
    const log = filled(200);
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), fc.nat(210 * SIZE), (offset, limit, maxBytes) => {
        const whole = Math.max(0, limit - offset);
        expect(log.available(offset, limit)).toBe(whole * SIZE);
        const got = Buffer.concat(log.read(offset, limit, maxBytes, false));
        expect(got.length).toBe(Math.min(whole, Math.floor(maxBytes / SIZE)) * SIZE);
        if (got.length > 0) expect(Number(got.readBigInt64BE(0))).toBe(offset);
      }),
    );
  });

  it('lets go of what was deleted', () => {
    const log = filled(200);
    log.deleteBefore(150);
    expect(log.available(0, log.endOffset)).toBe(50 * SIZE);
    log.deleteBefore(200);
    expect(log.available(0, log.endOffset)).toBe(0);
    expect([log.startOffset, log.endOffset]).toEqual([200, 200]);
  });

  it('finds its way in a long backlog by halving, not by reading', () => {
    const log = filled(200_000);
    const from = performance.now();
    for (let offset = 0; offset < 200_000; offset += 20) log.read(offset, log.endOffset, 100_000, true);
    expect(performance.now() - from).toBeLessThan(2_000); // 10,000 scans would take minutes
  });
});
