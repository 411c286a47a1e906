/** GSM 03.38, basic table. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
/** Its extension table: each takes an escape before it. */
const EXTENSION = '\f^{}\\[~]|€';

const septets = new Map<string, number>([
  ...[...BASIC].map((character) => [character, 1] as const),
  ...[...EXTENSION].map((character) => [character, 2] as const),
]);

/** Septets that `character` takes in GSM 03.38; `undefined` when the alphabet lacks it. */
export function septetsOf(character: string): number | undefined {
  return septets.get(character);
}
