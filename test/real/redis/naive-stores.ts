import type {
  AttemptResult,
  Claim,
  GuardedCall,
  GuardKey,
  OpenGuard,
} from '../../../libs/reliable-kafka/src/contracts/index.js';
import { RedisStore } from '../../../libs/reliable-kafka/src/redis/redis-store.js';
import type { ApplicationClient } from './clients.js';

/** Recipes that are in use, each of which loses or doubles messages. They differ from ours in the one step that they are named after. */
class Naive extends RedisStore {
  constructor(
    private readonly client: ApplicationClient,
    private readonly keys: string,
  ) {
    super({ client, prefix: keys });
  }

  protected command(name: string, { key }: GuardKey, ...args: string[]): Promise<unknown> {
    return this.client.call(name, this.keys + key, ...args);
  }

  protected async claimed(answer: Promise<unknown>): Promise<Claim> {
    return String(await answer) === 'OK' ? { status: 'claimed' } : { status: 'busy', retryInMs: 0 };
  }
}

/** `null` is taken for "another has it". */
export class PlainSetNx extends Naive {
  override claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    return this.claimed(this.command('SET', key, owner, 'PX', `${lease}`, 'NX'));
  }
}

/** Whoever fails deletes the key, whosever it is. */
export class UnconditionalDel extends Naive {
  override claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    return this.claimed(this.command('SET', key, owner, 'PX', `${lease}`, 'NX'));
  }

  override async release(key: GuardKey): Promise<void> {
    await this.command('DEL', key);
  }
}

/** Whoever is ready writes that it is done, whosever the claim is. */
export class UnconditionalSet extends Naive {
  override async complete(
    key: GuardKey,
    _owner: string,
    retention: number,
    reply: Buffer | undefined,
  ): Promise<boolean> {
    await super.remember(key, retention, reply);
    return true;
  }
}

/** Looks for a pending claim and deletes it, or answers that there is none. */
export class CompleteOnce extends Naive {
  override claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    return this.claimed(this.command('SET', key, owner, 'PX', `${lease}`, 'NX'));
  }

  override async complete(key: GuardKey): Promise<boolean> {
    return Number(await this.command('DEL', key)) === 1;
  }
}

/** Looks first, and takes what it found free afterwards. */
export class LookThenSet extends Naive {
  override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
    if (await this.command('GET', key)) return { status: 'busy', retryInMs: 0 };
    return this.claimed(this.command('SET', key, owner, 'PX', `${lease}`));
  }

  override async renew(): Promise<boolean> {
    return false;
  }
}

/** Takes a claim for an outcome: somebody else will do it. */
export class SkipsBusy implements OpenGuard {
  constructor(private readonly guard: OpenGuard) {}

  async run(call: GuardedCall): Promise<AttemptResult> {
    const result = await this.guard.run(call);
    return result.kind === 'waiting' ? { kind: 'duplicate' } : result;
  }
}
