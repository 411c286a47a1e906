/**
 * What stands under a key: `P` and the owner while the claim is pending; `D`, the owner, the fingerprint and the reply once it is completed. Parts
 * carry their lengths, so that a script can compare an owner without reading further, and bytes of any kind survive.
 */
const PENDING = 'P'.charCodeAt(0);
const DONE = 'D'.charCodeAt(0);
const COLON = ':'.charCodeAt(0);

export interface Completed {
  readonly fingerprint: Buffer | undefined;
  readonly reply: Buffer | undefined;
}

export function pending(owner: string): string {
  return `P${owner}`;
}

/** What the value of a claim that this owner completed begins with. */
export function doneBy(owner: string): string {
  return `D${Buffer.byteLength(owner)}:${owner}`;
}

/** A text where that will do, which the client sends much faster. */
export function done(owner: string, { fingerprint, reply }: Completed): string | Buffer {
  if (!fingerprint && !reply) return `${doneBy(owner)}::`;
  return Buffer.concat([Buffer.from(doneBy(owner)), ...part(fingerprint), ...part(reply)]);
}

/** `undefined`: pending. Throws on what is not ours. */
export function readValue(value: Buffer): Completed | undefined {
  if (value[0] === PENDING) return undefined;
  if (value[0] !== DONE)
    throw new Error('a value under a key of ours was written by somebody else: choose another prefix');
  const owner = readPart(value, 1);
  const fingerprint = readPart(value, owner.end);
  return { fingerprint: fingerprint.bytes, reply: readPart(value, fingerprint.end).bytes };
}

function part(bytes: Buffer | undefined): Buffer[] {
  return bytes ? [Buffer.from(`${bytes.length}:`), bytes] : [Buffer.from(':')];
}

/** A part without a length is absent; one of length 0 is there. */
function readPart(value: Buffer, start: number): { readonly bytes: Buffer | undefined; readonly end: number } {
  const colon = value.indexOf(COLON, start);
  const from = colon + 1;
  if (colon === start) return { bytes: undefined, end: from };
  const end = from + Number(value.toString('latin1', start, colon));
  return { bytes: value.subarray(from, end), end };
}
