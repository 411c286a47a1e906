import { z } from 'zod';

/** One message to feed. */
export const Message = z.object({ id: z.string().min(1), userId: z.string().min(1).max(64), text: z.string() });
export type Message = z.infer<typeof Message>;
