import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const host = '127.0.0.1';

/** A way to a port on which every byte takes `ms` longer, each way, however many are under way. Resolves with its own port. */
export async function distant(port: number, ms: number): Promise<number> {
  const server = createServer((client) => {
    const target = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    carry(client, target, ms);
    carry(target, client, ms);
  });
  await once(server.listen(0, host), 'listening');
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Timers of one length ring in the order in which they were set. */
function carry(from: Socket, to: Socket, ms: number): void {
  from.on('data', (bytes) => setTimeout(() => to.write(bytes), ms));
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}
