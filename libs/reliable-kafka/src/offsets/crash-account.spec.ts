import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CrashAccount } from './crash-account.js';
import type { CrashNotes } from './snapshot.js';

/** Owners of a partition, one after the other: each finds what the one before told at last. */
class Owners {
  private told: CrashNotes | undefined;

  constructor(private watermark = 0n) {}

  next(): { account: CrashAccount; commit: (watermark?: bigint) => void } {
    const account = new CrashAccount(this.watermark, this.told);
    const commit = (watermark = this.watermark) => {
      this.watermark = watermark;
      this.told = account.snapshot(watermark);
    };
    account.begin();
    commit();
    return { account, commit };
  }

  /** So many go down without a word. */
  loses(owners: number): void {
    for (let i = 0; i < owners; i++) this.next();
  }

  /** The next one notes the record, and goes down with it. */
  losesWith(offset: bigint): void {
    const { account, commit } = this.next();
    account.note(offset);
    commit();
  }
}

describe('an owner of a partition', () => {
  it('is cautious from the third on that began at one watermark, none of them having ended cleanly', () => {
    const owners = new Owners();
    expect([1, 2, 3, 4].map(() => owners.next().account.isCautious)).toEqual([false, false, true, true]);
  });

  it('does not count when it ends cleanly, which explains nothing of those before it', () => {
    const owners = new Owners();
    owners.loses(2);
    const { account, commit } = owners.next();
    account.end();
    commit();
    const next = owners.next().account;
    expect(next.starts).toBe(3);
    expect(next.isCautious).toBe(true);
  });

  it('tells nothing when it is the only one and ends cleanly', () => {
    const { account } = new Owners().next();
    expect(account.snapshot(0n)).toEqual({ starts: 1, suspects: [] });
    account.end();
    expect(account.snapshot(0n)).toBeUndefined();
  });

  it('that gets on begins the count again, and is the first of it', () => {
    const owners = new Owners();
    owners.loses(1);
    owners.next().commit(5n);
    expect(owners.next().account.starts).toBe(2);
  });

  it('that is cautious hands its caution on until it is dismissed, even when it gets on', () => {
    const owners = new Owners();
    owners.loses(2);
    owners.next().commit(5n);
    const { account, commit } = owners.next();
    expect(account.isCautious).toBe(true);
    account.dismiss();
    expect(account.isCautious).toBe(false);
    commit(6n);
    expect(owners.next().account.isCautious).toBe(false);
  });
});

describe('a record', () => {
  it('that ran when a process went down runs again, on trial; the second time it is the reason', () => {
    const owners = new Owners();
    owners.loses(2);
    owners.losesWith(4n);
    const { account } = owners.next();
    expect([account.isOnTrial(4n), account.isCulprit(4n)]).toEqual([true, false]);
    owners.losesWith(4n);
    const last = owners.next().account;
    expect([last.isOnTrial(4n), last.isCulprit(4n)]).toEqual([false, true]);
  });

  it('is innocent when it has its outcome, whatever comes after it', () => {
    const owners = new Owners();
    owners.losesWith(4n);
    const { account, commit } = owners.next();
    account.note(4n);
    account.rest();
    account.acquit(4n);
    commit();
    const next = owners.next().account;
    expect([next.isOnTrial(4n), next.isCulprit(4n)]).toEqual([false, false]);
  });

  it('whose attempt fails, or does not begin, is no more suspect than before, and no less', () => {
    const owners = new Owners();
    const { account, commit } = owners.next();
    account.note(4n);
    account.rest();
    commit();
    expect(owners.next().account.isOnTrial(4n)).toBe(false);
    owners.losesWith(4n);
    owners.loses(3);
    const suspected = owners.next();
    suspected.account.note(4n);
    suspected.account.rest();
    suspected.commit();
    expect(owners.next().account.isOnTrial(4n)).toBe(true);
  });

  it('on trial makes its owner cautious, however many there were before', () => {
    const owners = new Owners();
    const { account, commit } = owners.next();
    account.note(4n);
    commit(3n);
    expect(owners.next().account.isCautious).toBe(true);
  });

  it('that was found out stays so over clean ends, and does not make anybody cautious; one on trial does until doubt is dismissed', () => {
    const owners = new Owners();
    owners.losesWith(4n);
    owners.losesWith(4n);
    owners.losesWith(9n);
    const { account, commit } = owners.next();
    expect([account.isCulprit(4n), account.isOnTrial(9n)]).toEqual([true, true]);
    account.dismiss();
    account.end();
    commit();
    const next = owners.next().account;
    expect([next.isCulprit(4n), next.isOnTrial(9n), next.isCautious]).toEqual([true, false, false]);
  });

  it('is forgotten below the watermark', () => {
    const owners = new Owners();
    owners.losesWith(4n);
    owners.losesWith(4n);
    const { account } = owners.next();
    account.dismiss();
    account.end();
    expect(account.snapshot(4n)).toBeDefined();
    expect(account.snapshot(5n)).toBeUndefined();
  });
});

describe('a record that ends every process', () => {
  /** Whoever is not cautious runs up to `side` records side by side; dies with the killer among them before or after what ran beside it was committed. */
  it('is found, and nobody else is, wherever it stands and however far owners get', () => {
    const side = 8;
    fc.assert(
      fc.property(fc.nat(40), fc.infiniteStream(fc.nat(side - 1)), (killer, progress) => {
        let told: CrashNotes | undefined;
        let watermark = 0n;
        for (let deaths = 0; deaths < 60; deaths++) {
          const account = new CrashAccount(watermark, told);
          account.begin();
          const commit = () => (told = account.snapshot(watermark));
          commit();
          for (let at = watermark, ran = 0; ; at++, ran++) {
            if (account.isCulprit(at)) return expect(at).toBe(BigInt(killer));
            if (!account.isCautious) {
              // The killer stands within what runs: some of what stands before it was committed, or none.
              if (at + BigInt(side) > BigInt(killer)) {
                const most = BigInt(killer) - watermark;
                const moved = BigInt(progress.next().value!);
                watermark += moved > most ? most : moved;
                commit();
                break;
              }
              watermark = at + 1n;
              commit();
            } else {
              account.note(at);
              commit();
              if (at === BigInt(killer)) break;
              account.rest();
              account.acquit(at);
              watermark = at + 1n;
              if (ran === side) account.dismiss();
              commit();
            }
          }
        }
        throw new Error('never found');
      }),
    );
  });
});
