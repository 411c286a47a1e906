import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FrameCutter, FrameHeads } from './wire-frames.js';

const frame = (body: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
};

/** Frames in a row, and the same bytes sliced at arbitrary places. */
const sliced = fc
  .tuple(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }))
  .map(([bodies, cuts]) => {
    const frames = bodies.map(frame);
    const all = Buffer.concat(frames);
    const places = [0, ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
    return { frames, chunks: places.slice(1).map((to, i) => all.subarray(places[i], to)) };
  });

describe('FrameCutter', () => {
  it('gives back the frames, however the writer sliced or joined them', () => {
    fc.assert(
      fc.property(sliced, ({ frames, chunks }) => {
        const cutter = new FrameCutter();
        expect(chunks.flatMap((chunk) => cutter.cut(chunk))).toEqual(frames);
      }),
    );
  });

  it('passes a chunk that is one frame without a copy', () => {
    const chunk = frame(Buffer.from('request'));
    const [cut] = new FrameCutter().cut(chunk);
    expect(cut!.buffer).toBe(chunk.buffer);
    expect(cut!.byteOffset).toBe(chunk.byteOffset);
  });
});

describe('FrameHeads', () => {
  it('shows the first 14 bytes of each frame, or all of a shorter one', () => {
    fc.assert(
      fc.property(sliced, ({ frames, chunks }) => {
        const heads: Buffer[] = [];
        const reader = new FrameHeads((head) => heads.push(Buffer.from(head)));
        for (const chunk of chunks) reader.read(chunk);
        expect(heads).toEqual(frames.map((bytes) => bytes.subarray(0, 14)));
      }),
    );
  });
});
