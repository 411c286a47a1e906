import type { Claim, GuardKey } from '../../libs/reliable-kafka/src/contracts/index.js';
import type { Lease } from './memory-stores.js';
import { MemoryLeaseStore } from './memory-stores.js';

type Leases = new () => MemoryLeaseStore;

const naming = (nameOf: (key: GuardKey) => string): Leases =>
  class extends MemoryLeaseStore {
    override nameOf(key: GuardKey) {
      return nameOf(key);
    }
  };

/** Compares no owner when it deletes. */
class DeletesAny extends MemoryLeaseStore {
  override async release(key: GuardKey) {
    this.leases.delete(this.nameOf(key));
  }
}

/** Compares no owner when it completes. */
class CompletesAny extends MemoryLeaseStore {
  override async complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined) {
    this.keep(key, { owner, fingerprint: key.fingerprint, until: this.now + retention, done: { reply } });
    return true;
  }
}

/** Compares no owner when it renews. */
class RenewsAny extends MemoryLeaseStore {
  override async renew(key: GuardKey, owner: string, lease: number) {
    this.keep(key, { owner, fingerprint: key.fingerprint, until: this.now + lease, done: undefined });
    return true;
  }
}

/** Stores of leases with one fault each, by the promises that they break. */
export const BROKEN_LEASES: Readonly<Record<string, readonly Leases[]>> = {
  'a key is claimed by one owner, and busy for every other': [
    class extends MemoryLeaseStore {
      override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
        const claim = await super.claim(key, owner, lease);
        return claim.status === 'busy' ? { status: 'done', fingerprint: undefined, reply: undefined } : claim;
      }
    },
    class extends MemoryLeaseStore {
      override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
        const claim = await super.claim(key, owner, lease);
        return claim.status === 'busy' ? { status: 'busy', retryInMs: 0 } : claim;
      }
    },
  ],
  'an owner that asks again has its claim': [
    class extends MemoryLeaseStore {
      override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
        return this.find(key) ? super.claim(key, `not ${owner}`, lease) : super.claim(key, owner, lease);
      }
    },
  ],
  'of many at once, one has the key': [
    class extends MemoryLeaseStore {
      override async claim(key: GuardKey, owner: string, lease: number): Promise<Claim> {
        const found = this.find(key);
        await new Promise(setImmediate);
        if (!found) this.leases.delete(this.nameOf(key));
        return super.claim(key, owner, lease);
      }
    },
  ],
  'a completed key is done, with its fingerprint and its reply': [
    class extends MemoryLeaseStore {
      override keep(key: GuardKey, lease: Lease) {
        super.keep(key, lease.done ? { ...lease, fingerprint: undefined } : lease);
      }
    },
    class extends MemoryLeaseStore {
      override keep(key: GuardKey, lease: Lease) {
        const reply = lease.done?.reply;
        super.keep(key, reply ? { ...lease, done: { reply: Buffer.from(reply.toString()) } } : lease);
      }
    },
  ],
  'a completion can be sent twice': [
    class extends MemoryLeaseStore {
      override async complete(key: GuardKey, owner: string, retention: number, reply: Buffer | undefined) {
        return !this.find(key)?.done && super.complete(key, owner, retention, reply);
      }
    },
  ],
  'a claim is renewed by its owner only': [RenewsAny],
  'a claim is completed by its owner only': [CompletesAny],
  'a released claim is free, and nobody else can release it': [
    DeletesAny,
    class extends MemoryLeaseStore {
      override async release() {}
    },
  ],
  'a release forgets nothing that is completed': [DeletesAny],
  'recall tells of completed keys, and of no claims': [
    class extends MemoryLeaseStore {
      override async recall(key: GuardKey) {
        const found = this.find(key);
        const { fingerprint, done } = found ?? {};
        return found && { status: 'done' as const, fingerprint, reply: done?.reply };
      }
    },
    class extends MemoryLeaseStore {
      override async recall() {
        return undefined;
      }
    },
  ],
  'what is remembered is done': [
    class extends MemoryLeaseStore {
      override async remember() {}
    },
    class extends MemoryLeaseStore {
      override remember(key: GuardKey, retention: number, reply: Buffer | undefined) {
        return super.remember({ ...key, fingerprint: undefined }, retention, reply);
      }
    },
  ],
  'keys that look alike are different keys': [
    naming(({ scope, key }) => JSON.stringify([scope, key.toLowerCase()])),
    naming(({ scope, key }) => JSON.stringify([scope, key.slice(0, 191)])),
  ],
  'scopes are apart': [
    naming(({ key }) => key),
    ...['', '/', ':', '\n'].map((separator) => naming(({ scope, key }) => `${scope}${separator}${key}`)),
  ],
  'a lapsed claim is for others to take': [
    class extends MemoryLeaseStore {
      override find(key: GuardKey) {
        return this.leases.get(this.nameOf(key));
      }
    },
  ],
  'the late completion of a former owner is refused, and changes nothing': [CompletesAny],
  'the late renewal of a former owner is refused, and changes nothing': [RenewsAny],
  'the late release of a former owner frees nothing': [DeletesAny],
  'a renewed claim outlives its first lease': [
    class extends MemoryLeaseStore {
      override async renew(key: GuardKey, owner: string) {
        return this.find(key)?.owner === owner;
      }
    },
  ],
  'a completed key outlives the lease of its claim': [
    class extends MemoryLeaseStore {
      override complete(key: GuardKey, owner: string, _retention: number, reply: Buffer | undefined) {
        return super.complete(key, owner, this.find(key)!.until - this.now, reply);
      }
    },
  ],
};
