import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import { wrongLength } from '../failures.js';

/** Part of a large upload. With at most three under way an upload holds some 32 MiB, whatever its size. */
const PART = 8 * 1_048_576;
const UNDER_WAY = 3;

export interface Target {
  client: Client;
  bucket: string;
  key: string;
}

export interface Uploaded {
  size: number;
  version: string | null;
}

/** A body in parts of `PART` bytes, the last one shorter; checks the told length before the last part is given. */
async function* parts(body: Readable, size: number | null): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let waiting = 0;
  let total = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    total += piece.length;
    if (size !== null && total > size) throw wrongLength();
    pieces.push(piece);
    waiting += piece.length;
    while (waiting >= PART) {
      const all = Buffer.concat(pieces, waiting);
      yield all.subarray(0, PART);
      pieces = [all.subarray(PART)];
      waiting -= PART;
    }
  }
  if (size !== null && total !== size) throw wrongLength();
  if (waiting > 0 || total === 0) yield Buffer.concat(pieces, waiting);
}

/** Stores a body of any length: at once where it fits into one part, else part by part; a failure leaves no unfinished upload. */
export async function upload(target: Target, body: Readable | Buffer, size: number | null): Promise<Uploaded> {
  if (Buffer.isBuffer(body)) {
    if (size !== null && size !== body.length) throw wrongLength();
    return putWhole(target, body);
  }
  const source = parts(body, size);
  const first = await source.next();
  if (first.done) return putWhole(target, Buffer.alloc(0));
  if (first.value.length < PART) return putWhole(target, first.value);
  const second = await source.next();
  if (second.done) return putWhole(target, first.value);
  return putParts(target, [first.value, second.value], source);
}

/** `If-None-Match` refuses a key in use where the server knows it; elsewhere the put becomes a version of its own and harms nothing. */
async function putWhole({ client, bucket, key }: Target, bytes: Buffer): Promise<Uploaded> {
  const made = await client.putObject(bucket, key, bytes, bytes.length, { 'If-None-Match': '*', 'Content-Type': 'application/octet-stream' });
  return { size: bytes.length, version: made.versionId };
}

async function putParts({ client, bucket, key }: Target, first: Buffer[], rest: AsyncGenerator<Buffer>): Promise<Uploaded> {
  const uploadID = await client.initiateNewMultipartUpload(bucket, key, { 'Content-Type': 'application/octet-stream' });
  const done: { part: number; etag: string }[] = [];
  const running = new Set<Promise<void>>();
  let size = 0;
  let failure: { error: unknown } | undefined;
  const send = async (bytes: Buffer): Promise<void> => {
    const partNumber = done.push({ part: done.length + 1, etag: '' });
    size += bytes.length;
    const one = client.uploadPart({ bucketName: bucket, objectName: key, uploadID, partNumber, headers: { 'Content-Length': bytes.length } }, bytes).then(
      ({ etag }) => void (done[partNumber - 1] = { part: partNumber, etag }),
      (error: unknown) => void (failure ??= { error }),
    );
    running.add(one);
    void one.then(() => running.delete(one));
    if (running.size >= UNDER_WAY) await Promise.race(running);
    if (failure) throw failure.error;
  };
  try {
    for (const bytes of first.splice(0)) await send(bytes);
    for await (const bytes of rest) await send(bytes);
    await Promise.all(running);
    if (failure) throw (failure as { error: unknown }).error;
    const made = await client.completeMultipartUpload(bucket, key, uploadID, done);
    return { size, version: made.versionId };
  } catch (error) {
    await Promise.all(running);
    await client.abortMultipartUpload(bucket, key, uploadID).catch(() => undefined);
    throw error;
  }
}
