/** What a handler may ask for its record. The first wish of an attempt wins. */
export type Wish =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'release'; readonly delay?: number }
  | { readonly kind: 'reject'; readonly reason: string };

export const ACKNOWLEDGE: Wish = Object.freeze({ kind: 'acknowledge' });
