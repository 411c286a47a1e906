const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/** The 32-bit murmur2 hash with the seed of Kafka's Java client, so that keys land where other clients put them. Signed, as in Java. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const words = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < words; at += 4) {
    let word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    word = Math.imul(word, MIX);
    word ^= word >>> 24;
    hash = Math.imul(hash, MIX) ^ Math.imul(word, MIX);
  }
  if (length > words) {
    let rest = 0;
    for (let at = length - 1; at >= words; at--) rest = (rest << 8) | data[at]!;
    hash = Math.imul(hash ^ rest, MIX);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}
