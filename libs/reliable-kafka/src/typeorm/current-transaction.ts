import { AsyncLocalStorage } from 'node:async_hooks';
import { createParamDecorator } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { ReliableKafkaError } from '../contracts/index.js';

/** What a handler runs in. */
interface Scope {
  readonly manager: EntityManager;
  /** The application's own, whose other connections are not for this handler. */
  readonly dataSource: DataSource;
  /** False once the handler's promise has settled, for whatever it left running. */
  isOpen: boolean;
}

const scopes = new AsyncLocalStorage<Scope>();

/** Runs `work` so that it finds the transaction, until its promise settles. */
export async function inTransaction<T>(
  dataSource: DataSource,
  manager: EntityManager,
  work: () => Promise<T>,
): Promise<T> {
  const scope: Scope = { dataSource, manager, isOpen: true };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.isOpen = false;
  }
}

/** Whether this code belongs to a handler that runs in a transaction on this DataSource. */
export function isInTransactionOn(dataSource: DataSource): boolean {
  const scope = scopes.getStore();
  return scope !== undefined && scope.isOpen && scope.dataSource === dataSource;
}

/**
 * The `EntityManager` of the transaction that holds the claim on the record, for what a handler calls: repositories come from its
 * `getRepository()`. What is written through it is committed with the claim, or not at all. Throws outside of a handler behind a guard with a
 * transaction (`uniqueKey`, `versionGuard`, `statusGuard` without `claim`), and after that handler has ended.
 */
export function currentManager(): EntityManager {
  const scope = scopes.getStore();
  if (!scope)
    throw new ReliableKafkaError(
      '@Tx() and currentManager() find no transaction here. They need a handler behind @Idempotent(uniqueKey()), or another guard that opens a transaction',
    );
  if (!scope.isOpen)
    throw new ReliableKafkaError(
      'currentManager() was called after the handler had ended, and its transaction with it. Await everything that the handler starts',
    );
  return scope.manager;
}

/** By this mark on its factory a parameter is known as `@Tx()`. */
const TX = Symbol.for('nestjs-reliable-kafka:tx');

/** A handler's parameter: the `EntityManager` of the transaction that holds the claim on the record. See `currentManager()`. */
export const Tx: () => ParameterDecorator = createParamDecorator(
  Object.assign(() => currentManager(), { [TX]: true as const }),
);
