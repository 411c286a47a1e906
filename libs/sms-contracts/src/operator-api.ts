import { z } from 'zod';

/** The operator's HTTP interface, as its manual would give it. */
export const OPERATOR_MESSAGES_PATH = '/v1/messages';
/** One SMS with one key is accepted once, however often it is posted. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

const number = z.string().regex(/^\+\d{8,15}$/, 'is no E.164 number');
const text = z.string().max(1_600);
/** Ours, echoed by the operator: it knows numbers, not users. */
const reference = z.string().min(1).max(128);

/** `POST /v1/messages`, with the SMS's id as the idempotency key. */
export const OperatorMessage = z.object({ to: number, parts: z.array(text).min(1).max(255), reference });
export type OperatorMessage = z.infer<typeof OperatorMessage>;

/** The answer: 202 when accepted, 422 with a reason when the number is refused for good; anything else may be tried again. */
export const OperatorAcceptance = z.object({ operatorId: z.string() });
export const OperatorRejection = z.object({ reason: z.string() });

/** What the operator posts to our webhooks; it posts again until it gets a 2xx. */
export const OperatorReceipts = z
  .array(z.object({ key: z.uuid(), reference, outcome: z.enum(['delivered', 'undelivered']) }))
  .min(1)
  .max(500);
export type OperatorReceipt = z.infer<typeof OperatorReceipts>[number];

export const OperatorReplies = z
  .array(z.object({ id: z.uuid(), from: number, reference, text }))
  .min(1)
  .max(500);
export type OperatorReply = z.infer<typeof OperatorReplies>[number];

export const RECEIPTS_WEBHOOK = '/webhooks/receipts';
export const REPLIES_WEBHOOK = '/webhooks/replies';
