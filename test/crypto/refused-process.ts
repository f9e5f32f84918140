import { createSecretKey, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { openRange, sealBuffer } from '../../src/crypto/index.js';

/* Opens a long object whose long part the store refuses, says what came of it, and has nothing else to do. */

const key = createSecretKey(randomBytes(32));
const context = Buffer.from('context');
const sealed = sealBuffer({ key, context }, Buffer.alloc(20_000_000));
const read = async (start: number, end: number): Promise<Readable> => {
  if (end - start > 1_000_000) throw new Error('refused');
  return Readable.from([Buffer.from(sealed.subarray(start, end))], { objectMode: false });
};
await openRange({ key, context, sealedSize: sealed.length, range: null, read }).catch((error: unknown) => console.log((error as Error).message));
