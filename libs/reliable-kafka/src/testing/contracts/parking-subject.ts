import { strict as assert } from 'node:assert';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ConsumedRecord,
  DueKey,
  ParkedKey,
  ParkedPartition,
  ParkedRecord,
  ParkingOwner,
  ParkingStore,
} from '../../contracts/index.js';
import { parkedKeyText } from '../../retry/index.js';
import type { ContractSubject } from './contract-case.js';

/** A store of parked keys under examination. It waits by the clock: two cases let half a second go by. */
export type ParkingSubject = ContractSubject<ParkingStore>;

/** Long enough not to be due while a case lasts. */
export const LONG = 60_000;
export const NOW = { retryIn: 0, reason: 'told to fail' };
export const THEN = { retryIn: LONG, reason: 'told to fail' };

/** A partition that no other case has used. */
export function newPartition(): ParkedPartition {
  return { group: `group ${randomUUID()}`, topic: `topic.${randomUUID()}`, partition: 3 };
}

export function keyOf(key: string | null, handler = 'handler'): ParkedKey {
  return { handler, key: parkedKeyText(key, 0n) };
}

export const K = keyOf('k');

/** A record as Kafka gives it, whose bytes are no text. */
export function recordAt(offset: bigint, { topic, partition }: ParkedPartition, more: Partial<ConsumedRecord> = {}) {
  const record: ConsumedRecord = {
    topic,
    partition,
    offset,
    key: randomBytes(20),
    value: randomBytes(1_000),
    headers: { bytes: randomBytes(20), text: 'text', list: ['a', randomBytes(3)] },
    timestamp: '1764000000000',
    ...more,
  };
  return record;
}

export function parkedAt(offset: bigint, partition: ParkedPartition, more: Partial<ParkedRecord> = {}): ParkedRecord {
  return { record: recordAt(offset, partition), replayId: '', attempts: 2, ...more };
}

/** A partition of its own with an owner. */
export async function owned(store: ParkingStore): Promise<ParkingOwner> {
  return (await store.takeOver(newPartition(), 0n)).owner;
}

/** The keys of an owner that are due. */
export function dueOf(store: ParkingStore, owner: ParkingOwner): Promise<readonly DueKey[]> {
  return store.due([owner], 100);
}

export async function firstOf(store: ParkingStore, owner: ParkingOwner): Promise<ParkedRecord> {
  const [due] = await dueOf(store, owner);
  if (!due) throw new Error('No key is due');
  return due.first;
}

/** Runs a key to its end, as a handler does that succeeds, and answers what ran, and what was only passed over as dead. */
export async function drained(store: ParkingStore, owner: ParkingOwner, key: ParkedKey) {
  const ran: string[] = [];
  const [due] = (await dueOf(store, owner)).filter((one) => one.key === key.key && one.handler === key.handler);
  if (!due) return ran;
  await store.take(owner, key, due.first, LONG);
  for (let next: ParkedRecord | undefined = due.first; next; next = await store.settle(owner, key, next, LONG))
    ran.push(`${next.record.offset}${next.replayId}${next.isDead ? ' dead' : ''}`);
  return ran;
}

export async function untilDue(store: ParkingStore, owner: ParkingOwner): Promise<void> {
  while ((await dueOf(store, owner)).length === 0) await sleep(20);
}

export async function recordsOf(
  store: ParkingStore,
  { group }: ParkedPartition,
  key: ParkedKey,
): Promise<number | undefined> {
  const all = await store.list(group, 1_000);
  return all.find((one) => one.key === key.key && one.handler === key.handler)?.records;
}

/** By what they say: a driver may have made what it answers in a realm of its own, whose lists are no lists here. */
export function assertSame(actual: unknown, expected: unknown, message?: string): void {
  assert.equal(shown(actual), shown(expected), message);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
