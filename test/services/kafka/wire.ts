import { connect } from 'node:net';
import { config } from '../config.js';

/** One request, one answer, straight to one node: a client library would ask whichever node it likes. */
function ask(port: number, api: number, version: number, body: Buffer): Promise<Buffer> {
  const clientId = Buffer.from('services');
  const header = Buffer.alloc(10);
  header.writeInt16BE(api, 0);
  header.writeInt16BE(version, 2);
  header.writeInt16BE(clientId.length, 8);
  const request = Buffer.concat([header, clientId, body]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(request.length);

  return new Promise((resolve, reject) => {
    const socket = connect({ host: config.host, port });
    let answer = Buffer.alloc(0);
    socket.setTimeout(5_000, () => socket.destroy(new Error(`port ${port} does not answer`)));
    socket.on('connect', () => socket.write(Buffer.concat([size, request])));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return;
      resolve(answer.subarray(8));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`port ${port} closed the connection`)));
  });
}

/** The ports of the brokers that the node on `port` knows to be alive. */
export async function brokersKnownTo(port: number): Promise<number[]> {
  const noTopics = Buffer.alloc(4);
  const answer = await ask(port, 3, 1, noTopics);
  const ports: number[] = [];
  let at = 4;
  for (let left = answer.readInt32BE(0); left > 0; left -= 1) {
    at += 4; // node id
    at += 2 + answer.readInt16BE(at); // host
    ports.push(answer.readInt32BE(at));
    at += 4;
    at += 2 + Math.max(0, answer.readInt16BE(at)); // rack
  }
  return ports.sort((a, b) => a - b);
}

/** Whether groups and transactions have a coordinator already; asking makes Kafka create the internal topics. */
export async function hasCoordinators(port: number): Promise<boolean> {
  const key = Buffer.from('\0\u0008services', 'latin1');
  const errors = [0, 1].map(async (type) =>
    (await ask(port, 10, 1, Buffer.concat([key, Buffer.of(type)]))).readInt16BE(4),
  );
  return (await Promise.all(errors)).every((error) => error === 0);
}
