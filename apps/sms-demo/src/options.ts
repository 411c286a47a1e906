import { Command, InvalidArgumentError, Option } from 'commander';

export interface DemoOptions {
  /** JSON Lines of `{ id, userId, text }`; without it, messages are generated. */
  readonly input?: string;
  /** At most so many messages. */
  readonly count?: number;
  readonly real: boolean;
  readonly latency: number;
  readonly concurrency: number;
  readonly failureRate: number;
  readonly kill: boolean;
  readonly restarts: number;
  readonly report?: string;
}

/** Tells what is wrong, and ends the process, when the arguments cannot be used. */
export function parseOptions(argv: readonly string[]): DemoOptions {
  return new Command('npm run demo --')
    .description('The SMS platform, end to end: gateway, dispatcher and operator, with a restart in the middle.')
    .addOption(
      new Option(
        '--input <file>',
        'JSON Lines of { id, userId, text } instead of generated messages; .gz is unpacked',
      ).env('SMS_CORPUS'),
    )
    .option(
      '--count <n>',
      'how many messages; 1000 when they are generated, else all of the file',
      integer(1, 1_000_000),
    )
    .option('--real', 'on the services that "npm run services -- up" has started, not on embedded ones', false)
    .option('--latency <ms>', 'how long the operator takes for a message', integer(1, 60_000), 20)
    .option('--concurrency <n>', 'messages that the dispatcher has in flight', integer(1, 100_000), 256)
    .option('--failure-rate <share>', 'calls to the operator that fail, 0 to 1', share, 0.005)
    .option('--kill', 'end the dispatcher with SIGKILL, not SIGTERM', false)
    .option('--restarts <n>', 'how often it is ended and started again', integer(1, 1_000), 1)
    .option('--report <file>', 'write the figures there, as JSON')
    .showHelpAfterError('(--help tells more)')
    .parse([...argv], { from: 'user' })
    .opts<DemoOptions>();
}

const integer = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
};

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}
