import type { Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLEXIBLE, HANG_UP, SILENCE, apis, type Api, type Context } from '../api/index.js';
import type { Broker } from '../broker.js';
import { MalformedRequest, Reader, Writer, errors, nullableString } from '../wire/index.js';
import type { Faults } from './faults.js';
import { frames } from './frames.js';

const byKey = new Map<number, Api>(Object.values(apis).map((api) => [api.key, api as Api]));
const advertised = [...byKey.values()];

interface Request {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly body: Reader;
}

/**
 * Serves one connection: one request after the other, as Kafka does, so that a long poll holds back what comes behind
 * it on the same connection. Ends when the client leaves, or hangs up on what it cannot understand.
 */
export async function serve(socket: Socket, broker: Broker, faults: Faults): Promise<void> {
  const gone = new AbortController();
  socket.setNoDelay(true);
  socket.once('close', () => gone.abort());
  socket.on('error', () => {});
  try {
    for await (const frame of frames(socket)) {
      const reply = await answer(frame, socket, broker, faults, gone.signal);
      if (reply === HANG_UP || socket.destroyed) break;
      if (reply !== SILENCE && !send(socket, reply)) await once(socket, 'drain', { signal: gone.signal });
    }
  } catch (error) {
    // A client that went away or that sends no requests ends its own connection; anything else is a fault of ours.
    const clientsOwn = socket.destroyed || error instanceof MalformedRequest;
    if (!clientsOwn) process.emitWarning(error as Error);
  } finally {
    socket.destroy();
  }
}

async function answer(frame: Buffer, socket: Socket, broker: Broker, faults: Faults, gone: AbortSignal) {
  const request = readHeader(new Reader(frame));
  if (request === undefined) return HANG_UP;
  const { api, clientId, body } = request;
  const isKnown = request.version >= api.versions[0] && request.version <= api.versions[1];
  if (!isKnown && api !== (apis.apiVersions as Api)) return HANG_UP;
  const version = isKnown ? request.version : 0;
  const decoded = isKnown ? api.request.read(body, version) : {};

  const strike = faults.strike({ api: api.name, clientId, version, request: decoded });
  if (strike?.action === 'close') return HANG_UP;
  if (strike?.action === 'dropRequest') return SILENCE;
  if (strike?.action === 'delay') await sleep(strike.ms, undefined, { signal: gone, ref: false });

  const injected = strike?.action === 'error' ? strike.code : undefined;
  const fault = isKnown ? injected : errors.UNSUPPORTED_VERSION;
  const clientHost = `/${socket.remoteAddress}`;
  const context: Context = { broker, version, clientId, clientHost, fault, gone, apis: advertised };
  const result = await api.handle(decoded, context);
  if (result === HANG_UP || result === SILENCE) return result;
  if (strike?.action === 'dropReply') return SILENCE;
  const writer = new Writer();
  writer.int32(request.correlationId);
  api.response.write(writer, result, version);
  return writer.finish();
}

function readHeader(body: Reader): Request | undefined {
  const api = byKey.get(body.int16());
  if (!api) return undefined;
  const version = body.int16();
  const correlationId = body.int32();
  const clientId = nullableString.read(body, version) ?? '';
  if (api === (apis.apiVersions as Api) && version >= FLEXIBLE) body.skipTags();
  return { api, version, correlationId, clientId, body };
}

/** Whether the client keeps up. */
function send(socket: Socket, pieces: Buffer[]): boolean {
  const size = Buffer.allocUnsafe(4);
  size.writeInt32BE(pieces.reduce((total, piece) => total + piece.length, 0));
  socket.cork();
  socket.write(size);
  let flowing = true;
  for (const piece of pieces) flowing = socket.write(piece);
  socket.uncork();
  return flowing;
}
