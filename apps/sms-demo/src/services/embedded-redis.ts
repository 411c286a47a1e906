import { createRedisServer } from 'js-redis-server';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

export interface EmbeddedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * An in-memory Redis in this process, on a free port of 127.0.0.1. The package listens on every interface, so it is made
 * to listen again; and it leaves answers waiting for the client's acknowledgement, which costs 40 ms at times.
 */
export async function startEmbeddedRedis(): Promise<EmbeddedRedis> {
  const redis = await createRedisServer();
  const { server } = redis.server;
  server.close();
  await once(server, 'close');
  server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `redis://127.0.0.1:${port}`, stop: () => redis.close() };
}
