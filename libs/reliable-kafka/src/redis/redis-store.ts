import { createHash } from 'node:crypto';
import type { Claim, ConfigurationProblem, GuardKey, LeaseStore, Log, StoreContext } from '../contracts/index.js';
import { ConfigurationError } from '../contracts/index.js';
import { BoundedClient } from './bounded-client.js';
import { done, doneBy, pending, readValue } from './claim-value.js';
import { checkScripts, connectionOf } from './connection.js';
import type { Connection } from './connection.js';
import { RedisUnavailableError } from './errors.js';
import { optionProblems, WHERE } from './options.js';
import type { RedisIdempotencyOptions } from './options.js';
import { probeRedis } from './probe-connection.js';
import type { RedisCommands } from './redis-client.js';
import type { Script } from './script.js';
import { checkServers } from './server-check.js';
import { CLAIM, COMPLETE, RELEASE, RENEW } from './transitions.js';

const PREFIX = 'reliable-kafka:';
const COMMAND_TIMEOUT = 2_000;
const CLAIMED: Claim = Object.freeze({ status: 'claimed' });

/** Claims as keys with a time to live, one key each. */
export class RedisStore implements LeaseStore {
  readonly provides = 'leases';
  readonly backend = 'redis';
  readonly name: string | undefined;
  private readonly prefix: string;
  private readonly commandTimeout: number;
  private connection: Connection | undefined;
  private bounded: BoundedClient | undefined;
  private checkAgain: (() => void) | undefined;

  constructor(private readonly options: RedisIdempotencyOptions) {
    const { name, prefix = PREFIX, commandTimeout = COMMAND_TIMEOUT } = options;
    this.name = name;
    this.prefix = prefix;
    this.commandTimeout = commandTimeout;
  }

  /** A Redis that does not answer now is told and nothing else: it is looked at whenever it is connected. */
  async open(context: StoreContext): Promise<readonly ConfigurationProblem[]> {
    const problems = optionProblems(this.options);
    if (problems.length > 0) return problems;
    try {
      this.connection = await connectionOf(this.options, WHERE, this.commandTimeout, context);
      checkScripts(this.connection.client, WHERE);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
    const { client } = this.connection;
    this.bounded = new BoundedClient(client, this.commandTimeout);
    const found = await this.check(context.log);
    this.checkAgain = () => void this.check(context.log).then((later) => tell(later, context.log));
    client.on('ready', this.checkAgain);
    return found;
  }

  async close(): Promise<void> {
    if (this.checkAgain) this.connection?.client.off('ready', this.checkAgain);
    this.connection?.close();
    this.bounded = undefined;
  }

  async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    const answer = await this.run(CLAIM, key, pending(owner), ms(lease));
    if (!Array.isArray(answer)) return CLAIMED;
    const [value, left] = answer as [Buffer, number | string];
    const completed = readValue(value);
    return completed ? { status: 'done', ...completed } : { status: 'busy', retryInMs: Math.max(0, Number(left)) };
  }

  async renew(key: GuardKey, owner: string, lease: number): Promise<boolean> {
    return isYes(await this.run(RENEW, key, pending(owner), ms(lease)));
  }

  async complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined): Promise<boolean> {
    const value = done(owner, { fingerprint: key.fingerprint, reply });
    return isYes(await this.run(COMPLETE, key, pending(owner), value, ms(retention), doneBy(owner)));
  }

  async release(key: GuardKey, owner: string): Promise<void> {
    await this.run(RELEASE, key, pending(owner));
  }

  async recall(key: GuardKey): Promise<Extract<Claim, { status: 'done' }> | undefined> {
    const completed = await this.use(async (client) => {
      const value = await client.getBuffer(this.nameOf(key));
      return value ? readValue(value) : undefined;
    });
    return completed && { status: 'done', ...completed };
  }

  /** Whatever is pending here: what the other store has committed is so. */
  async remember(key: GuardKey, retention: number, reply: Buffer | undefined): Promise<void> {
    const value = done('', { fingerprint: key.fingerprint, reply });
    await this.use((client) => client.set(this.nameOf(key), value, 'PX', ms(retention)));
  }

  /** Writes, so that a server that is full, or has become a replica, counts as down. */
  probe(): Promise<void> {
    return probeRedis(this.connection!.client, (fresh) => fresh.set(`${this.prefix}probe`, '', 'PX', '1000'));
  }

  private run(script: Script, key: GuardKey, ...args: (string | Buffer)[]): Promise<unknown> {
    return this.use((client) => script.run(client, this.nameOf(key), ...args));
  }

  private async use<T>(work: (client: RedisCommands) => Promise<T>): Promise<T> {
    if (!this.bounded) throw new RedisUnavailableError('Redis: the store is not open');
    return this.bounded.use(work);
  }

  /** The scope's length keeps (`a`, `bc`) and (`ab`, `c`) apart. */
  private nameOf({ scope, key }: GuardKey): string {
    const hash = createHash('sha256').update(`${scope.length}:${scope}${key}`, 'utf16le');
    return this.prefix + hash.digest('base64url');
  }

  private async check(log: Log): Promise<readonly ConfigurationProblem[]> {
    try {
      const { problems, warnings } = await this.use(checkServers);
      for (const warning of warnings) log.warn(warning);
      return problems;
    } catch (error) {
      log.warn(
        `${String(error)}. Its maxmemory-policy is looked at when it is connected; until then nothing is claimed`,
      );
      return [];
    }
  }
}

function tell(problems: readonly ConfigurationProblem[], log: Log): void {
  for (const { where, what, remedy } of problems) log.error(`${where}: ${what}. ${remedy}`);
}

/** A client may be set to give numbers as texts. */
function isYes(answer: unknown): boolean {
  return Number(answer) === 1;
}

/** Redis takes whole numbers only. */
function ms(time: number): string {
  return String(Math.min(Math.ceil(time), Number.MAX_SAFE_INTEGER));
}
