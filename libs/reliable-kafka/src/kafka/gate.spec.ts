import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Gate } from './gate.js';
import { HEARTBEAT, JOIN_GROUP, LEAVE_GROUP, SYNC_GROUP, type GroupRequest } from './group-requests.js';
import { FrameCutter } from './wire-frames.js';

const METADATA = 3;

/** A request with an empty client id and group, generation 5 and member `m`, as the gate reads it. */
function request(api: number, correlationId: number, version = 0): Buffer {
  const body = Buffer.alloc(8 + 2 + 2 + 4 + 3);
  body.writeInt16BE(api, 0);
  body.writeInt16BE(version, 2);
  body.writeInt32BE(correlationId, 4);
  body.writeInt32BE(5, 12);
  body.writeInt16BE(1, 16);
  body.write('m', 18);
  return Buffer.concat([size(body), body]);
}

function answer(correlationId: number, errorCode = 0): Buffer {
  const body = Buffer.alloc(6);
  body.writeInt32BE(correlationId, 0);
  body.writeInt16BE(errorCode, 4);
  return Buffer.concat([size(body), body]);
}

function size(body: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(body.length);
  return bytes;
}

/** A promise that the test opens. */
class Barrier {
  resolve!: () => void;
  readonly promise = new Promise<void>((resolve) => (this.resolve = resolve));
}

/** The far end: which requests arrived, by API key and correlation id. */
class FarEnd {
  readonly arrived: string[] = [];
  socket!: Socket;
  private heard = new Barrier();

  constructor(server: Server) {
    server.on('connection', (socket) => this.listen(socket));
    server.on('secureConnection', (socket: Socket) => this.listen(socket));
  }

  async until(...expected: string[]): Promise<void> {
    while (this.arrived.length < expected.length) await this.heard.promise;
    expect(this.arrived).toEqual(expected);
  }

  private listen(socket: Socket): void {
    this.socket = socket;
    const cutter = new FrameCutter();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of cutter.cut(chunk)) this.arrived.push(`${frame.readInt16BE(4)}:${frame.readInt32BE(8)}`);
      this.heard.resolve();
      this.heard = new Barrier();
    });
  }
}

let server: Server;
let far: FarEnd;
let gate: Gate;
let now: number;
let held: Barrier;
let holding: boolean;
let answered: [number, number, number][];
let answerHeard: Barrier;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  far = new FarEnd(server);
  now = 1_000;
  held = new Barrier();
  holding = true;
  answered = [];
  answerHeard = new Barrier();
  gate = new Gate(
    {
      holds: () => (holding ? held.promise : undefined),
      answered: ({ api }: GroupRequest, code, sentAt) => {
        answered.push([api, code, sentAt]);
        answerHeard.resolve();
      },
    },
    500,
    () => now,
  );
});

afterEach(async () => {
  gate.close();
  await new Promise((closed) => server.close(closed));
});

async function open(dial: (onConnect: () => void) => Socket = dialTcp): Promise<Socket> {
  const factory = gate.wrap(({ onConnect }) => dial(onConnect));
  const connected = new Barrier();
  const socket = factory({ host: '', port: 0, ssl: undefined as never, onConnect: () => connected.resolve() });
  socket.on('error', () => undefined);
  await connected.promise;
  return socket;
}

/** `once` would reject with the error that the gate gives. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function dialTcp(onConnect: () => void): Socket {
  return connect((server.address() as AddressInfo).port, '127.0.0.1', onConnect);
}

describe('the gate', () => {
  it.each([
    ['JoinGroup', JOIN_GROUP],
    ['LeaveGroup', LEAVE_GROUP],
  ])('holds %s until its keeper lets it go, and lets everything else overtake it', async (_, api) => {
    const socket = await open();
    socket.write(request(api, 1));
    socket.write(request(HEARTBEAT, 2));
    socket.write(request(METADATA, 3));
    await far.until('12:2', '3:3');
    held.resolve();
    await far.until('12:2', '3:3', `${api}:1`);
  });

  it('lets them pass when there is nothing to drain', async () => {
    holding = false;
    const socket = await open();
    socket.write(request(JOIN_GROUP, 1));
    socket.write(request(LEAVE_GROUP, 2));
    await far.until('11:1', '13:2');
  });

  it('is not fooled by several requests in one write', async () => {
    const socket = await open();
    socket.write(Buffer.concat([request(METADATA, 1), request(JOIN_GROUP, 2), request(METADATA, 3)]));
    await far.until('3:1', '3:3');
    held.resolve();
    await far.until('3:1', '3:3', '11:2');
  });

  it('is not fooled by a request in several writes', async () => {
    const socket = await open();
    const bytes = request(JOIN_GROUP, 1);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    socket.write(request(METADATA, 2));
    await far.until('3:2');
    held.resolve();
    await far.until('3:2', '11:1');
  });

  it('understands strings and calls back, as a socket does', async () => {
    const socket = await open();
    await new Promise<void>((done) => socket.write(request(METADATA, 1).toString('latin1'), 'latin1', () => done()));
    await far.until('3:1');
  });

  it('does not read what a socket factory says to a proxy before it is connected', async () => {
    const socket = await open((onConnect) => {
      const dialled = dialTcp(() => {
        dialled.write('CONNECT');
        onConnect();
      });
      return dialled;
    });
    socket.write(request(JOIN_GROUP, 1));
    socket.write(request(METADATA, 2));
    const [greeting] = (await once(far.socket, 'data')) as [Buffer];
    expect(String(greeting)).toMatch(/^CONNECT/);
    expect(greeting.includes(request(JOIN_GROUP, 1))).toBe(false);
  });

  it('holds over TLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gate-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes', '-newkey', 'rsa:2048'];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const { port } = tls.address() as AddressInfo;
    const secure = new FarEnd(tls);
    const socket = await open((onConnect) =>
      connectTls({ port, host: '127.0.0.1', ca: readFileSync(cert), checkServerIdentity: () => undefined }, onConnect),
    );
    socket.write(request(JOIN_GROUP, 1));
    socket.write(request(METADATA, 2));
    await secure.until('3:2');
    held.resolve();
    await secure.until('3:2', '11:1');
    gate.close();
    await new Promise((closed) => tls.close(closed));
    rmSync(folder, { recursive: true });
  });

  it('tells answers with the time of their request', async () => {
    const socket = await open();
    socket.write(request(HEARTBEAT, 1));
    await far.until('12:1');
    now = 1_300;
    far.socket.write(answer(1, 27));
    await answerHeard.promise;
    expect(answered).toEqual([[HEARTBEAT, 27, 1_000]]);
  });

  it('counts the time of a held request from its real write', async () => {
    const socket = await open();
    socket.write(request(JOIN_GROUP, 1));
    now = 1_200;
    held.resolve();
    await far.until('11:1');
    far.socket.write(answer(1));
    await answerHeard.promise;
    expect(answered).toEqual([[JOIN_GROUP, 0, 1_200]]);
  });
});

describe('what is unanswered', () => {
  it('is a JoinGroup from its hold to its answer, and a SyncGroup from its write', async () => {
    const socket = await open();
    expect(gate.settled).toBe(true);
    socket.write(request(JOIN_GROUP, 1));
    expect(gate.settled).toBe(false);
    held.resolve();
    await far.until('11:1');
    expect(gate.settled).toBe(false);
    far.socket.write(answer(1));
    await answerHeard.promise;
    expect(gate.settled).toBe(true);
    socket.write(request(SYNC_GROUP, 2));
    expect(gate.settled).toBe(false);
  });

  it('is every one of several at once', async () => {
    holding = false;
    const [one, other] = [await open(), await open()];
    one.write(request(JOIN_GROUP, 1));
    other.write(request(JOIN_GROUP, 1));
    await far.until('11:1', '11:1');
    far.socket.write(answer(1));
    await answerHeard.promise;
    expect(gate.settled).toBe(false);
  });

  it('ends with its connection', async () => {
    const socket = await open();
    socket.write(request(JOIN_GROUP, 1));
    socket.destroy();
    await closed(socket);
    expect(gate.settled).toBe(true);
  });

  it('is given up after as long as kafkajs waits, but never while it is held', async () => {
    const socket = await open();
    socket.write(request(JOIN_GROUP, 1));
    now += 10_000;
    expect(gate.settled).toBe(false);
    held.resolve();
    await far.until('11:1');
    now += 501;
    expect(gate.settled).toBe(true);
  });
});

describe('a gate that is closing', () => {
  it('ends the connection of a held join instead of writing it, and still lets LeaveGroup out', async () => {
    const [joining, leaving] = [await open(), await open()];
    joining.write(request(JOIN_GROUP, 1));
    gate.refuseJoins();
    expect(joining.destroyed).toBe(false);
    held.resolve();
    await closed(joining);
    leaving.write(request(LEAVE_GROUP, 2));
    await far.until('13:2');
  });

  it('cuts joins whose answer is still to come, and nothing else', async () => {
    holding = false;
    const [joining, other] = [await open(), await open()];
    joining.write(request(JOIN_GROUP, 1));
    other.write(request(HEARTBEAT, 1));
    await far.until('11:1', '12:1');
    gate.cutJoins();
    await closed(joining);
    expect(other.destroyed).toBe(false);
  });

  it('leaves no connection, and makes no more', async () => {
    const socket = await open();
    gate.close();
    expect(socket.destroyed).toBe(true);
    await expect(open()).rejects.toThrow('stopped');
  });

  it('survives a late write on a dead socket', async () => {
    const socket = await open();
    socket.write(request(JOIN_GROUP, 1));
    socket.destroy();
    held.resolve();
    await held.promise;
    await far.until();
  });
});
