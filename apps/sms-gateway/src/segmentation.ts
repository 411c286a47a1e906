import { septetsOf } from './gsm-alphabet.js';

export interface Segmentation {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** What each radio message carries. Joined, they are the text. */
  readonly parts: readonly string[];
}

/** In septets and in UTF-16 units. A text of several parts gives seven septets, or three units, of each to the header that joins them. */
const LIMITS = { 'GSM-7': { alone: 160, joined: 153 }, 'UCS-2': { alone: 70, joined: 67 } };

/** Cuts a text into radio messages. An extension character and its escape, and a surrogate pair, stay in one part. */
export function segment(text: string): Segmentation {
  const characters = [...text];
  const encoding = characters.every((character) => septetsOf(character) !== undefined) ? 'GSM-7' : 'UCS-2';
  const sizeOf = (character: string) => (encoding === 'GSM-7' ? septetsOf(character)! : character.length);
  const { alone, joined } = LIMITS[encoding];
  const total = characters.reduce((sum, character) => sum + sizeOf(character), 0);
  return { encoding, parts: total <= alone ? [text] : cut(characters, sizeOf, joined) };
}

function cut(characters: string[], sizeOf: (character: string) => number, limit: number): string[] {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const character of characters) {
    if (size + sizeOf(character) > limit) {
      parts.push(part);
      part = '';
      size = 0;
    }
    part += character;
    size += sizeOf(character);
  }
  return [...parts, part];
}
