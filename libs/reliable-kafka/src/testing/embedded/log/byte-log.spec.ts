import * as fc from 'fast-check';
import { ByteLog } from './byte-log.js';

describe('a byte log', () => {
  it('gives back any range of what was appended and not dropped', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(), (lengths, a, b, c) => {
        const log = new ByteLog();
        const all = Buffer.concat(
          lengths.map((length, index) => {
            const bytes = Buffer.alloc(length, index + 1);
            expect(log.append(bytes).equals(bytes)).toBe(true);
            return bytes;
          }),
        );
        expect(log.end).toBe(all.length);
        const [dropped, from, to] = [a, b, c].map((n) => n % (all.length + 1)).toSorted((x, y) => x - y);
        log.dropBefore(dropped!);
        expect(Buffer.concat(log.read(from!, to!)).equals(all.subarray(from, to))).toBe(true);
        expect(log.end).toBe(all.length);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps many small pieces in few', () => {
    const log = new ByteLog();
    for (let index = 0; index < 10_000; index++) log.append(Buffer.alloc(100));
    expect(log.read(0, log.end).length).toBeLessThan(10);
  });

  it('lets go of what was dropped', () => {
    const log = new ByteLog();
    for (let index = 0; index < 100; index++) log.append(Buffer.alloc(100_000));
    log.dropBefore(9_000_000);
    const kept = log.read(0, log.end).reduce((size, piece) => size + piece.length, 0);
    expect(kept).toBeLessThan(2_500_000);
  });
});
