import { describe, expect, it } from '@jest/globals';
import {
  BadGatewayException,
  BadRequestException,
  ConflictException,
  ForbiddenException,
  GoneException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { KafkaRetriableException, RpcException } from '@nestjs/microservices';
import { QueryFailedError } from 'typeorm';
import { AttemptTimeoutError, FatalError, InfrastructureError } from '../contracts/index.js';
import { FingerprintMismatchError, MissingKeyError } from '../idempotency/index.js';
import { DeliveryError, DeliveryExpiredError, TopicUnavailableError, UnknownTopicError } from '../producer/index.js';
import { RedisUnavailableError } from '../redis/index.js';
import { NoConnectionError, OutsideTransactionError } from '../typeorm/index.js';
import { classify } from './error-classes.js';

/** An error with fields of a driver or a client. */
function failure(fields: object, message = 'it failed'): Error {
  return Object.assign(new Error(message), fields);
}

/** As TypeORM passes on what a driver threw. */
function failedQuery(fields: object, message?: string): Error {
  return new QueryFailedError('SELECT 1', [], failure(fields, message));
}

const fromMysql = (errno: number, sqlState = 'HY000') => failedQuery({ errno, sqlState });
const fromRedis = (message: string) => failure({ name: 'ReplyError', command: { name: 'set', args: [] } }, message);
const fromKafka = (type: string, retriable: boolean) => failure({ name: 'KafkaJSProtocolError', type, retriable });
const delivered = (error: Error) =>
  new DeliveryError('orders', [{ id: undefined, status: 'not-stored', error } as const]);

const byClass: Record<string, readonly (readonly [what: string, error: unknown])[]> = {
  fatal: [
    ['a FatalError', new FatalError('the amount is negative')],
    ['a message without a key', new MissingKeyError('id', undefined)],
    ['a key that was used for another message', new FingerprintMismatchError('key')],
    ['what a pipe refused', new BadRequestException()],
    ['422 of Nest', new UnprocessableEntityException()],
    ['410 of Nest', new GoneException()],
    ['a status of a class of the application', new HttpException('too long', 413)],
    ['an RpcException with a status', new RpcException({ statusCode: 400, message: 'no amount' })],
    ['400 of axios', failure({ name: 'AxiosError', code: 'ERR_BAD_REQUEST', response: { status: 400 } })],
    ['422 of got', failure({ name: 'HTTPError', response: { statusCode: 422 } })],
    ['a Response that was thrown', new Response(null, { status: 400 })],
    ['what zod refused', failure({ name: 'ZodError', issues: [] })],
    ['what Joi or yup refused', failure({ name: 'ValidationError' })],
    ['what class-validator refused', [new (class ValidationError {})()]],
    ['a value too long, PostgreSQL', failedQuery({ code: '22001' })],
    ['a text that is no number, PostgreSQL', failedQuery({ code: '22P02' })],
    ['a null, PostgreSQL', failedQuery({ code: '23502' })],
    ['an index entry too large, PostgreSQL', failedQuery({ code: '54000' })],
    ['a value too long, MariaDB', fromMysql(1406, '22001')],
    ['a null, MariaDB', fromMysql(1048, '23000')],
    ['a statement over max_allowed_packet, as the server says it', fromMysql(1153, '08S01')],
    ['a null, SQLite', failedQuery({ code: 'SQLITE_CONSTRAINT_NOTNULL' })],
    ['a value too large, SQLite', failedQuery({ code: 'SQLITE_TOOBIG' })],
    ['a record too large, kafkajs', fromKafka('MESSAGE_TOO_LARGE', false)],
    ['a record too large, our producer', delivered(fromKafka('RECORD_LIST_TOO_LARGE', false))],
  ],
  conflict: [
    ['a serialization failure', failedQuery({ code: '40001' })],
    ['a deadlock, PostgreSQL', failedQuery({ code: '40P01' })],
    ['a lock that is not free', failedQuery({ code: '55P03' })],
    ['a deadlock, MariaDB', fromMysql(1213, '40001')],
    ['a lock wait timeout', fromMysql(1205)],
    ['a row changed since the snapshot', fromMysql(1020)],
    ['a locked database', failedQuery({ code: 'SQLITE_BUSY' })],
    ['an old snapshot, SQLite', failedQuery({ code: 'SQLITE_BUSY_SNAPSHOT' })],
    ['an optimistic lock', failure({ name: 'OptimisticLockVersionMismatchError' })],
    ['an error of the application around one', new Error('no', { cause: failedQuery({ code: '40001' }) })],
  ],
  retriable: [
    ['any error', new Error('it failed')],
    ['a text', 'it failed'],
    ['nothing', undefined],
    ['what Nest makes of an error', { status: 'error', message: 'Internal server error' }],
    ['a fault of the program', new TypeError("Cannot read properties of undefined (reading 'id')")],
    ['use of the database beside the transaction', new OutsideTransactionError()],
    ['404 of Nest: it may come', new NotFoundException()],
    ['409 of Nest', new ConflictException()],
    ['403 of Nest: rights change', new ForbiddenException()],
    ['500 of Nest', new InternalServerErrorException()],
    ['502 of Nest', new BadGatewayException()],
    ['an RpcException', new RpcException('no')],
    ['KafkaRetriableException, whatever it holds', new KafkaRetriableException(new BadRequestException())],
    ['429 of axios', failure({ name: 'AxiosError', code: 'ERR_BAD_REQUEST', response: { status: 429 } })],
    ['503 as a Response', new Response(null, { status: 503 })],
    [
      'a fetch that got no connection',
      failure({ name: 'TypeError', cause: failure({ code: 'ECONNREFUSED' }) }, 'fetch failed'),
    ],
    ['a fetch cut off', failure({ name: 'TypeError', cause: failure({ code: 'UND_ERR_SOCKET' }) }, 'terminated')],
    ['axios without a connection', failure({ name: 'AxiosError', code: 'ECONNREFUSED' })],
    ['undici by itself', failure({ name: 'HeadersTimeoutError', code: 'UND_ERR_HEADERS_TIMEOUT' })],
    ['AbortSignal.timeout', new DOMException('', 'TimeoutError')],
    ['AbortController', new DOMException('', 'AbortError')],
    ['a key that is taken, PostgreSQL: a race, or a message handled before', failedQuery({ code: '23505' })],
    ['a row that is missing', failedQuery({ code: '23503' })],
    ['a check, which may look at what changes', failedQuery({ code: '23514' })],
    ['a table that is missing: the next deployment may bring it', failedQuery({ code: '42P01' })],
    ['a statement that took too long', failedQuery({ code: '57014' })],
    ['a key that is taken, MariaDB', fromMysql(1062, '23000')],
    ['a key that is taken, SQLite', failedQuery({ code: 'SQLITE_CONSTRAINT_UNIQUE' })],
    ['a key of another type, Redis', fromRedis('WRONGTYPE Operation against a key')],
    ['a group that is there, Redis', fromRedis('BUSYGROUP Consumer Group name already exists')],
    ['a topic that is missing', new UnknownTopicError('orders')],
    ['a refusal of rights, kafkajs', fromKafka('TOPIC_AUTHORIZATION_FAILED', false)],
  ],
};

describe.each(Object.entries(byClass))('%s is', (expected, errors) => {
  it.each(errors)('%s', (_what, error) => {
    expect(classify(error)).toEqual({ class: expected });
  });
});

const down: Record<string, readonly (readonly [what: string, error: unknown])[]> = {
  database: [
    ['no connection, mysql2', failure({ code: 'ECONNREFUSED', errno: -111, syscall: 'connect', fatal: true })],
    ['a statement cut off, pg', failedQuery({ code: 'ECONNRESET', errno: -104, syscall: 'read' })],
    ['a statement cut off, mysql2', failedQuery({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true })],
    [
      'a connection that was cut off before',
      failure({ fatal: true }, "Can't add new command when connection is in closed state"),
    ],
    ['a pool that gave none, pg', failure({}, 'timeout exceeded when trying to connect')],
    ['a connection that was not answered, pg', failure({}, 'Connection terminated due to connection timeout')],
    ['a statement that was not answered, pg', failedQuery({}, 'Query read timeout')],
    ['a statement that was not answered, mysql2', failedQuery({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' })],
    ['a shutdown', failedQuery({ code: '57P01' })],
    ['a start', failure({ code: '57P03' })],
    ['class 08', failedQuery({ code: '08006' })],
    ['too many connections, PostgreSQL', failure({ code: '53300' })],
    ['a full disk, PostgreSQL', failedQuery({ code: '53100' })],
    ['a password that was changed', failure({ code: '28P01' })],
    ['a server that became a replica, PostgreSQL', failedQuery({ code: '25006' })],
    ['too many connections, MariaDB', fromMysql(1040, '08004')],
    ['a server that became a replica, MariaDB', fromMysql(1290)],
    ['a full disk, MariaDB', fromMysql(1021)],
    ['a full disk, SQLite', failedQuery({ code: 'SQLITE_FULL' })],
    ['a broken disk, SQLite', failedQuery({ code: 'SQLITE_IOERR_WRITE' })],
    ['a DataSource that is closed', failure({}, 'Driver not Connected')],
    ['a pool that our guard found exhausted', new NoConnectionError()],
  ],
  redis: [
    ['commands given up', failure({ name: 'MaxRetriesPerRequestError' })],
    ['a client that is closed', failure({}, 'Connection is closed.')],
    ['a command not answered', failure({}, 'Command timed out')],
    ['a cluster out of reach', failure({ name: 'ClusterAllFailedError' })],
    ['sentinels out of reach', failure({}, 'All sentinels are unreachable and retry is disabled.')],
    ['a server that loads', fromRedis('LOADING Redis is loading the dataset in memory')],
    ['a server that became a replica', fromRedis("READONLY You can't write against a read only replica.")],
    ['a cluster with a hole', fromRedis('CLUSTERDOWN Hash slot not served')],
    ['a server that is full', fromRedis("OOM command not allowed when used memory > 'maxmemory'.")],
    ['our store', new RedisUnavailableError('Redis: no answer')],
  ],
  kafka: [
    ['no connection', failure({ name: 'KafkaJSConnectionError', code: 'ECONNREFUSED', retriable: true })],
    ['no leader', fromKafka('LEADER_NOT_AVAILABLE', true)],
    ['too few replicas', fromKafka('NOT_ENOUGH_REPLICAS', true)],
    [
      'retries that are used up',
      failure({
        name: 'KafkaJSNumberOfRetriesExceeded',
        retriable: false,
        cause: failure({ name: 'KafkaJSRequestTimeoutError', retriable: true }),
      }),
    ],
    ['a password that was changed', failure({ name: 'KafkaJSSASLAuthenticationError', retriable: false })],
    ['our producer, before it knows the topic', new TopicUnavailableError('orders', new Error())],
    ['our producer, behind others', new DeliveryExpiredError('orders', 0)],
    ['our producer, otherwise', delivered(failure({ name: 'KafkaJSConnectionClosedError', retriable: true }))],
  ],
};

describe.each(Object.entries(down))('%s may be down after', (backend, errors) => {
  it.each(errors)('%s', (_what, error) => {
    expect(classify(error)).toEqual({ class: 'infrastructure', backend });
  });
});

describe('something may be down, and nobody can tell what, after', () => {
  it.each<readonly [string, unknown]>([
    ['a connection refused, whoever asked', failure({ code: 'ECONNREFUSED', syscall: 'connect', address: '::1' })],
    ['a name that is not found', failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['both addresses refused', new AggregateError([failure({ code: 'ECONNREFUSED' })], 'connect')],
    ['an attempt that took too long', new AttemptTimeoutError('OrdersController.handle', 1_000)],
    ['an error of the application that says so', new InfrastructureError('the ledger is closed')],
  ])('%s', (_what, error) => {
    expect(classify(error)).toEqual({ class: 'infrastructure' });
  });

  it('but an error of the application can tell', () => {
    expect(classify(new InfrastructureError('closed', { backend: 'ledger' }))).toEqual({
      class: 'infrastructure',
      backend: 'ledger',
    });
  });
});

describe("the user's rules", () => {
  class NumberBlocked extends Error {}
  class NumberGone extends NumberBlocked {}
  const refused = failedQuery({ code: '22001' });
  const taken = failedQuery({ code: '23505' });

  it.each([
    ['a class', NumberBlocked],
    ['the name of a class', 'NumberBlocked'],
    ['a function', (error: unknown) => error instanceof NumberGone],
  ])('know an error by %s', (_how, matcher) => {
    expect(classify(new NumberGone(), { fatal: [matcher] }).class).toBe('fatal');
    expect(classify(new Error(), { fatal: [matcher] }).class).toBe('retriable');
  });

  it.each([
    ['its name', 'QueryFailedError', taken],
    ['its code', '23505', taken],
    ['its number', '1062', fromMysql(1062)],
  ])('know an error by %s', (_how, matcher, error) => {
    expect(classify(error, { fatal: [matcher] }).class).toBe('fatal');
  });

  it('win over what is built in', () => {
    expect(classify(refused, { retriable: ['22001'] }).class).toBe('retriable');
    expect(classify(new FatalError('no'), { retriable: [FatalError] }).class).toBe('retriable');
    expect(classify(refused, { infrastructure: ['22001'] })).toEqual({ class: 'infrastructure' });
  });

  it('are asked in the order fatal, retriable, infrastructure', () => {
    const both = { infrastructure: [Error], retriable: [Error], fatal: ['23505'] };
    expect(classify(taken, both).class).toBe('fatal');
    expect(classify(refused, both).class).toBe('retriable');
  });

  it('are asked about everything inside, before any built-in rule', () => {
    const wrapped = new BadRequestException('no', { cause: new Error('why', { cause: new NumberGone() }) });
    expect(classify(wrapped, { retriable: [NumberBlocked] }).class).toBe('retriable');
    expect(classify(new AggregateError([refused, taken]), { retriable: ['23505'] }).class).toBe('retriable');
  });

  it('may be asked about anything that was thrown', () => {
    expect(classify('blocked', { fatal: [(error) => error === 'blocked'] }).class).toBe('fatal');
    expect(classify(undefined, { fatal: ['undefined', NumberBlocked] }).class).toBe('retriable');
  });

  it('say no when they throw', () => {
    const careless = (error: unknown) => (error as { response: { data: string } }).response.data === 'blocked';
    expect(classify(new Error(), { fatal: [careless] }).class).toBe('retriable');
  });
});

describe('an error inside another one', () => {
  const conflict = failure({ code: '40001' });
  const refusal = failure({ code: '22001' });

  it.each([
    ['its cause', new Error('no', { cause: new Error('why', { cause: conflict }) })],
    ["a driver's", failure({ name: 'QueryFailedError', driverError: conflict })],
    ["Nest's RpcException's", new RpcException(conflict)],
    ['one of several', new AggregateError([new Error('any'), conflict])],
    ['one of a list', [new Error('any'), conflict]],
  ])('decides when nothing is known of the outer one: %s', (_where, error) => {
    expect(classify(error).class).toBe('conflict');
  });

  it('does not when the outer one is known', () => {
    expect(classify(new FatalError('no', { cause: conflict })).class).toBe('fatal');
  });

  it('decides for its neighbours when it leaves more hope', () => {
    const down = failure({ code: '57P01' });
    const any = new Error('any');
    expect(classify(new AggregateError([refusal, any, conflict, down])).class).toBe('infrastructure');
    expect(classify(new AggregateError([refusal, any, conflict])).class).toBe('conflict');
    expect(classify(new AggregateError([refusal, any])).class).toBe('retriable');
    expect(classify(new AggregateError([refusal])).class).toBe('fatal');
  });
});

describe('an error that was made to be looked at without end', () => {
  it('may be inside of itself', () => {
    const error = new Error('round') as Error & { errors: unknown[] };
    error.cause = error;
    error.errors = [error, { cause: error }];
    expect(classify(error).class).toBe('retriable');
  });

  it('may be deep, and is looked into for some way', () => {
    const within = (depth: number): Error =>
      depth === 0 ? new FatalError('no') : new Error('outer', { cause: within(depth - 1) });
    expect(classify(within(20)).class).toBe('fatal');
    expect(classify(within(2_000)).class).toBe('retriable');
  });

  it('may hold a million others', () => {
    const others = Array.from({ length: 1_000_000 }, () => ({ status: 400 }));
    expect(classify(new AggregateError(others)).class).toBe('retriable');
  });

  it('may throw when it is looked at', () => {
    const hostile = new Proxy(new Error(), {
      get: () => {
        throw new Error('do not look');
      },
    });
    expect(classify(hostile, { fatal: ['any'] }).class).toBe('retriable');
  });
});
