import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('TcpProxy', () => {
  const arrivals = new EventEmitter();
  let echo: Server;
  let proxy: TcpProxy;
  let clients: Socket[];

  beforeEach(async () => {
    clients = [];
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        arrivals.emit('request', data.toString());
        socket.write(`echo ${data}`);
      });
    });
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    proxy = await TcpProxy.start(portOf(echo));
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await proxy.stop();
    await new Promise((done) => echo.close(done));
  });

  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  function connecting(port = proxy.port): Socket {
    const client = connect({ host: '127.0.0.1', port });
    client.on('error', () => {});
    clients.push(client);
    return client;
  }

  async function connected(port = proxy.port): Promise<Socket> {
    const client = connecting(port);
    await once(client, 'connect');
    return client;
  }

  /** `once` would reject for the reset that comes before. */
  const closed = (client: Socket) => new Promise((resolve) => client.once('close', resolve));

  async function say(client: Socket, text: string): Promise<string> {
    client.write(text);
    const [data] = await once(client, 'data');
    return data.toString();
  }

  it('forwards both ways', async () => {
    expect(await say(await connected(), 'hello')).toBe('echo hello');
  });

  it('forwards more than the buffers hold, whole and in order', async () => {
    const sent = Buffer.alloc(4 << 20, 'abcdefghij');
    const sink = createServer();
    await once(sink.listen(0, '127.0.0.1'), 'listening');
    await using toSink = await TcpProxy.start(portOf(sink));
    const client = await connected(toSink.port);
    client.end(sent);
    const [receiver] = (await once(sink, 'connection')) as [Socket];
    const received: Buffer[] = [];
    for await (const chunk of receiver) received.push(chunk);
    sink.close();
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it('closes a connection when either end does', async () => {
    const accepted = once(echo, 'connection');
    const client = await connected();
    const [served] = (await accepted) as [Socket];
    served.destroy();
    await closed(client);
  });

  it('cut: resets what is connected and what comes, until restored', async () => {
    const client = await connected();
    await say(client, 'before');
    proxy.cut();
    await closed(client);
    await closed(connecting());
    proxy.restore();
    expect(await say(await connected(), 'after')).toBe('echo after');
  });

  it('hold: nothing passes until restored, and then nothing is lost', async () => {
    const client = await connected();
    await say(client, 'before');
    const requests: string[] = [];
    arrivals.on('request', (text) => requests.push(text));
    proxy.hold();
    const answered = say(client, 'held');
    const direct = await connected(portOf(echo));
    for (let round = 0; round < 20; round += 1) await say(direct, 'direct');
    expect(requests).not.toContain('held');
    proxy.restore();
    expect(await answered).toBe('echo held');
    arrivals.removeAllListeners();
  });

  it('dropNextReply: the request arrives, the answer does not, and the connection is gone', async () => {
    const client = await connected();
    const arrived = once(arrivals, 'request');
    const dropped = proxy.dropNextReply();
    const heard: string[] = [];
    client.on('data', (data) => heard.push(data.toString()));
    client.write('charge me');
    await Promise.all([arrived, dropped, closed(client)]);
    expect(heard).toEqual([]);
    expect(await say(await connected(), 'again')).toBe('echo again');
  });

  it('delay: bytes pass later, until restored', async () => {
    const client = await connected();
    proxy.delay(40);
    const started = performance.now();
    await say(client, 'slow');
    expect(performance.now() - started).toBeGreaterThanOrEqual(75);
    proxy.restore();
    expect(await say(client, 'again')).toBe('echo again');
  });

  it('resets the client when the target does not listen', async () => {
    const port = portOf(echo);
    await new Promise((done) => echo.close(done));
    await using toNobody = await TcpProxy.start(port);
    await closed(connecting(toNobody.port));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
  });
});
