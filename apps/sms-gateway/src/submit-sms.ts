import { z } from 'zod';

/** PostgreSQL cannot store NUL, and half a surrogate pair is no character in any encoding. */
const text = z
  .string()
  .max(8_192)
  .refine((value) => !/\0|\p{Cs}/u.test(value), 'must not hold NUL or half a surrogate pair');

const common = { userId: z.string().min(1).max(64), to: z.string().min(3).max(32) };

/** The body of `POST /sms`: a text, or a template with its variables. */
export const SubmitSms = z.union(
  [
    z.strictObject({ ...common, text }),
    z.strictObject({
      ...common,
      template: z.string().max(64),
      variables: z.record(z.string().max(64), text).default({}),
    }),
  ],
  'is { userId, to, text } or { userId, to, template, variables }: texts, userId up to 64 characters, text up to 8192',
);
export type SubmitSms = z.output<typeof SubmitSms>;
