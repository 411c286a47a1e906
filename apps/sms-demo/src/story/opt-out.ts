import { type Platform, STOP_NUMBER } from '../platform/index.js';
import { settled } from '../wait.js';

/** A person who answers STOP to an SMS: `check()` says whether the gateway refuses that number from then on. */
export async function optOut(platform: Platform): Promise<{ check(): Promise<boolean> }> {
  const client = platform.client('sample');
  const submit = () => client.submit({ userId: 'opt-out', text: 'Answer STOP to hear no more from us' }, STOP_NUMBER);
  await submit();
  return {
    async check() {
      const isRefused = (answer: { kind: string }) => answer.kind === 'refused';
      const answer = await settled(submit, isRefused, 100);
      await client.close();
      return isRefused(answer);
    },
  };
}
