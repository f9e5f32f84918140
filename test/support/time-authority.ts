import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TimeAuthority {
  url: string;
  /** Its root certificate, PEM. */
  root: string;
  /** The same in a file, for `openssl ts -verify -CAfile`. */
  rootFile: string;
  /** What it answers instead, while set. */
  instead: Buffer | undefined;
  openssl(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

const CONFIG = `
[tsa]
default_tsa = main
[main]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
ess_cert_id_chain = no
certs = root.pem
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
`;

/** A time-stamping authority of its own (RFC 3161), by openssl; `undefined` where there is no openssl. */
export async function timeAuthority(): Promise<TimeAuthority | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-tsa-'));
  const openssl = async (...args: string[]): Promise<string> => (await run('openssl', args, { cwd: folder })).stdout;
  try {
    await openssl('version');
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  await writeFile(join(folder, 'tsa.cnf'), CONFIG);
  await writeFile(join(folder, 'serial'), '01\n');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-subj',
    '/CN=Test Time Root',
    '-days',
    '3650',
    '-config',
    '/dev/null',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign',
  );
  await openssl('req', '-new', ...key, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=Test Time Authority', '-config', '/dev/null');
  await openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'root.pem',
    '-CAkey',
    'root.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '3650',
    '-extfile',
    'tsa.cnf',
    '-extensions',
    'stamps',
  );
  let instead: Buffer | undefined;
  const server = createServer((request, response) => {
    void (async () => {
      await writeFile(join(folder, 'query.tsq'), await buffer(request));
      await openssl(
        'ts',
        '-reply',
        '-queryfile',
        'query.tsq',
        '-config',
        'tsa.cnf',
        '-section',
        'main',
        '-signer',
        'tsa.pem',
        '-inkey',
        'tsa.key',
        '-out',
        'reply.tsr',
      );
      response.setHeader('content-type', 'application/timestamp-reply').end(instead ?? (await readFile(join(folder, 'reply.tsr'))));
    })().catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    root: await readFile(join(folder, 'root.pem'), 'utf8'),
    rootFile: join(folder, 'root.pem'),
    get instead() {
      return instead;
    },
    set instead(answer) {
      instead = answer;
    },
    openssl,
    async close() {
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true });
    },
  };
}
