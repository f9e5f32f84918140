import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { storeUnavailable } from '../failures.js';

/** How long the adapter waits for a server, in milliseconds. */
export interface Patience {
  /** Until a connection stands (with TLS, until its handshake is done). */
  connect: number;
  /** For the next byte to come or to go, as long as it is the server that is waited for. */
  idle: number;
}

export const PATIENCE: Patience = { connect: 5_000, idle: 15_000 };

/** What the system may still be sending when the last byte of a body was handed to it, and how slowly: bytes, and bytes a millisecond. */
const ON_ITS_WAY = 4 * 1_048_576;
const SLOWEST = 32;
/** Milliseconds in which bytes that lie there already are taken in. */
const LOOK_AGAIN = 20;

type Transport = Pick<typeof http, 'request'>;

/**
 * Requests that do not wait for ever. A server that accepts no connection, or says nothing and takes nothing for a while, is out of reach:
 * the request, or the body that is being read, ends with `store_unavailable`. Whatever moves, however slowly, is not cut; nor is a body
 * whose reader takes his time, since then it is not the server that is waited for.
 */
export function patientTransport(secure: boolean, patience: Patience): Transport {
  const base = secure ? https : http;
  const request = (options: RequestOptions, answered?: (response: IncomingMessage) => void): ClientRequest => {
    let response: IncomingMessage | undefined;
    const made = base.request(options, (answer) => {
      response = answer;
      answered?.(answer);
    });
    const giveUp = (detail: string): void => {
      const error = storeUnavailable(detail);
      response?.destroy(error);
      made.destroy(error);
    };
    // the end of a body that was handed over may still be on its way, unseen from here
    let more = Math.min(lengthOf(options), ON_ITS_WAY) / SLOWEST;
    made.once('socket', (socket: Socket) => {
      watchConnection(made, socket, secure, patience.connect, () => giveUp(`s3: no connection within ${patience.connect} ms`));
      const silent = (): void => {
        // bytes that lie here unread: the reader takes his time, not the server
        const waits = response ? response.readableLength > 0 : more > 0;
        if (!waits) return giveUp(`s3: nothing moved for ${patience.idle} ms`);
        if (!response) more -= patience.idle;
        socket.setTimeout(patience.idle);
      };
      // a process that was held up itself finds its timer before the bytes that have come meanwhile
      const late = (): void => {
        const moved = socket.bytesRead + socket.bytesWritten;
        setTimeout(() => {
          if (made.closed || socket.destroyed) return;
          if (socket.bytesRead + socket.bytesWritten === moved) silent();
          else socket.setTimeout(patience.idle);
        }, LOOK_AGAIN);
      };
      socket.on('timeout', late);
      socket.setTimeout(patience.idle);
      made.once('close', () => socket.off('timeout', late).setTimeout(0));
    });
    return made;
  };
  return { request: request as Transport['request'] };
}

function lengthOf({ headers }: RequestOptions): number {
  const length: unknown = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return Number(length ?? 0) || 0;
}

function watchConnection(made: ClientRequest, socket: Socket, secure: boolean, patience: number, late: () => void): void {
  if (!socket.connecting) return; // one that was kept
  const timer = setTimeout(late, patience);
  const stands = (): void => clearTimeout(timer);
  socket.once(secure ? 'secureConnect' : 'connect', stands);
  made.once('close', stands);
}
