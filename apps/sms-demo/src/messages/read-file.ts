import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { Message } from './message.js';

/** A file that cannot be used; the message names the file, the line and the remedy. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Reads JSON Lines of `{ id, userId, text }`, packed when the name ends in `.gz`; other properties are ignored.
 * @throws InputError
 */
export async function readMessages(file: string, limit = Infinity): Promise<Message[]> {
  const messages: Message[] = [];
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  const lines = createInterface({ input, crlfDelay: Infinity });
  /** readline does not hand on its input's errors. */
  const broken = new Promise<never>((_, reject) => {
    for (const stream of [bytes, input]) stream.once('error', reject);
  });
  const read = async () => {
    let number = 0;
    for await (const line of lines) {
      number++;
      if (messages.length >= limit) break;
      if (line.trim() !== '') messages.push(parseLine(line, `${file}, line ${number}`));
    }
  };
  try {
    await Promise.race([read(), broken]);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  } finally {
    lines.close();
    bytes.destroy();
  }
  if (messages.length === 0) throw new InputError(`${file} holds no messages`);
  return messages;
}

function parseLine(line: string, where: string): Message {
  try {
    const { success, data, error } = Message.safeParse(JSON.parse(line));
    if (success) return data;
    const [issue] = error.issues;
    throw new Error(`${issue.path.join('.') || 'the line'}: ${issue.message}`);
  } catch (error) {
    const form = '{ "id": "…", "userId": "…", "text": "…" }';
    throw new InputError(`${where}: ${(error as Error).message}. Every line must be ${form}.`, { cause: error });
  }
}
