import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readMessages } from './read-file.js';

const folder = mkdtempSync(join(tmpdir(), 'sms-demo-spec-'));
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, content: string | Buffer): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};
const one = { id: '1', userId: 'u1', text: 'Bonjour 🎉' };
const two = { id: '2', userId: 'u2', text: '' };
const lines = `${JSON.stringify({ ...one, lang: 'fr' })}\n\n${JSON.stringify(two)}\n`;

describe('readMessages', () => {
  it('reads JSON Lines, and ignores blank lines and other properties', async () => {
    expect(await readMessages(written('plain.jsonl', lines))).toEqual([one, two]);
  });

  it('unpacks .gz', async () => {
    expect(await readMessages(written('packed.jsonl.gz', gzipSync(lines)))).toEqual([one, two]);
  });

  it('stops at the limit', async () => {
    expect(await readMessages(written('limited.jsonl', lines), 1)).toEqual([one]);
  });

  it.each([
    ['no JSON', 'oops', /broken\.jsonl, line 2: .+ Every line must be \{ "id"/],
    ['a missing text', '{"id":"1","userId":"u"}', /broken\.jsonl, line 2: text: .+ Every line must be/],
    ['a number for a user', '{"id":"1","userId":1,"text":"a"}', /line 2: userId: /],
  ])('names the line with %s', async (_, line, error) => {
    await expect(readMessages(written('broken.jsonl', `${JSON.stringify(one)}\n${line}\n`))).rejects.toThrow(error);
  });

  it.each([
    ['a file that is not there', () => join(folder, 'nowhere.jsonl'), /nowhere\.jsonl cannot be read: ENOENT/],
    ['a file that is not packed', () => written('bad.gz', lines), /bad\.gz cannot be read: incorrect header check/],
    ['a file without messages', () => written('empty.jsonl', '\n\n'), /empty\.jsonl holds no messages/],
  ])('refuses %s', async (_, file, error) => {
    await expect(readMessages(file())).rejects.toThrow(error);
  });
});
