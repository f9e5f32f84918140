import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const READ = 1_048_576;

export interface Wire {
  port: number;
  cookie: string;
}

export interface WireAnswer {
  status: number;
  /** Bytes of the body that came; whether they are all, `Content-Length` has said. */
  bytes: number;
  /** The beginning of the body. */
  text: string;
}

/**
 * An HTTP client that costs next to nothing, on a connection of its own: it reads into one buffer and counts. Node's own takes
 * more processor time to receive a gigabyte than the server takes to open and send it, and would be what is measured.
 */
export async function exchange(wire: Wire, head: string, body?: AsyncIterable<Buffer>): Promise<WireAnswer> {
  const take = receiver();
  const buffer = Buffer.allocUnsafeSlow(READ);
  const socket: Socket = connect({
    port: wire.port,
    host: '127.0.0.1',
    onread: { buffer, callback: (length) => (take.piece(buffer.subarray(0, length)), true) },
  });
  const closed = once(socket, 'close');
  closed.catch(() => undefined);
  await once(socket, 'connect');
  socket.write(`${head}\r\nHost: 127.0.0.1:${wire.port}\r\nCookie: ${wire.cookie}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n`);
  if (body) for await (const piece of body) if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), closed]);
  await closed;
  return take.answer();
}

function receiver(): { piece(bytes: Buffer): void; answer(): WireAnswer } {
  let head = '';
  let expected: number | undefined;
  let bytes = 0;
  let text = '';
  return {
    piece(piece) {
      let rest = piece;
      if (expected === undefined) {
        const before = head.length;
        head += piece.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        rest = piece.subarray(end + 4 - before);
        head = head.slice(0, end);
        expected = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? NaN);
      }
      if (text.length < 500) text += rest.toString('utf8', 0, 500);
      bytes += rest.length;
    },
    answer() {
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
      if (status >= 400 || status === 0) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
      if (bytes !== expected) throw new Error(`${bytes} bytes came, not the ${expected} that were told`);
      return { status, bytes, text };
    },
  };
}
