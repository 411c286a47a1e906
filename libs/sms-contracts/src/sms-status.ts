/** Recorded, and published or about to be. */
export const CREATED = 0;
/** Taken up: the operator may or may not have it. */
export const SENDING = 1;
/** The operator has it. */
export const SENT = 2;
/** The phone has it. */
export const DELIVERED = 3;
/** The operator refused it, or could not deliver it. */
export const FAILED = 4;
/** Given up by us. */
export const DEAD = 5;

export type SmsStatus = typeof CREATED | typeof SENDING | typeof SENT | typeof DELIVERED | typeof FAILED | typeof DEAD;
