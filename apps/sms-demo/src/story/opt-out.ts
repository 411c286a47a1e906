import { type Platform, STOP_NUMBER } from '../platform/index.js';
import { settled } from '../wait.js';

/** A person who answers STOP to an SMS: `check()` says whether the gateway refuses that number from then on. */
export async function optOut(platform: Platform): Promise<{ check(): Promise<boolean> }> {
  const client = platform.client('sample');
  const sms = { userId: 'opt-out', text: 'Answer STOP to hear no more from us' };
  const submit = async () => (await client.submit(sms, STOP_NUMBER)).kind;
  await submit();
  return { check: async () => (await settled(submit, (kind) => kind === 'refused')) === 'refused' };
}
